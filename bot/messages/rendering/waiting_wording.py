"""Why no image begins, although somebody waits: for members."""

import time
from collections.abc import Sequence
from typing import Final

from bot.ledger import BUSY, KnownServer, Rest, resting
from bot.messages.rendering.errors.error_wording import why_away
from bot.translation import N_, _

_TODAY_SECONDS: Final = 20 * 3600.0
"""Further ahead, a time of day alone could be taken for today's."""
_RESTING: Final = N_("The GPU is resting; your place is kept.")
_RESTING_UNTIL: Final = N_("The GPU is resting until {when}; your place is kept.")
_IN_USE: Final = N_("Somebody else is using the GPU right now. Your place is kept; it starts once the GPU is free.")


def explain_rest(rest: Rest, now: float | None = None) -> str:
    """Why the GPU rests, and until when. Discord shows the time by each reader's own clock."""
    if rest.until is not None:
        far = rest.until - (time.time() if now is None else now) > _TODAY_SECONDS
        return _(_RESTING_UNTIL).format(when=f"<t:{int(rest.until)}:{'f' if far else 't'}>")
    return _(_IN_USE if rest.why == BUSY else _RESTING)


def why_waiting(servers: Sequence[KnownServer], *, away: bool) -> str | None:
    """Why no server takes jobs; None if one does, or if it is not known yet. `away`: all are certainly unreachable."""
    if (rest := resting(servers)) is not None:
        return explain_rest(rest)
    return why_away([server.trouble for server in servers]) if away else None
