"""Whether a member reads that a server is at fault: that it is away, was, or has failed."""

import re
from typing import Final

BLAMED: Final = re.compile(
    r"(?:not|n.t) (?:answer|be reached)|no (?:image|picture) server|unreachable|out of reach|restart"
    r"|server failed|failed twice|stopped answering",
    re.IGNORECASE,
)
