"""Times that people read. Discord's apps count from Discord's clock, so a time is shown by that clock, however wrong
the clocks of this machine and of the database are.
"""

import logging
import math
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

_WORTH_SECONDS: Final = 3.0
"""A smaller change of the difference is not believed: Discord says whole seconds, and answers take a while."""
_NAMED_SECONDS: Final = 30.0
"""A larger difference is in the log."""


class Clocks:
    """How far the clocks are ahead of Discord's, in seconds. One for the process, because it has one clock."""

    def __init__(self) -> None:
        self.machine = 0.0
        """This machine's clock, ahead of Discord's."""
        self.database = 0.0
        """The database's clock, ahead of this machine's. SQLite has none of its own."""
        self._before: float | None = None
        self._set: float | None = None
        """This machine's clock, ahead of one that nobody can set, when Discord's was heard twice."""

    @property
    def ledger(self) -> float:
        """The ledger's clock, ahead of Discord's."""
        return self.machine + self.database

    def are_known(self) -> bool:
        """Whether Discord's clock was heard, and this machine's has not jumped since."""
        return self._set is not None and abs(time.time() - time.monotonic() - self._set) <= _NAMED_SECONDS

    def discord_said(self, discord_time: float, machine_time: float) -> None:
        """Discord's time, and this machine's at the same moment. A new difference counts when it is seen twice."""
        ahead = machine_time - discord_time
        before, self._before = self._before, ahead
        agree = before is not None and abs(ahead - before) <= _WORTH_SECONDS
        if not agree:
            return
        self._set = machine_time - time.monotonic()
        if abs(ahead - self.machine) <= _WORTH_SECONDS:
            return
        self.machine = 0.0 if abs(ahead) <= _WORTH_SECONDS else ahead
        if abs(ahead) > _NAMED_SECONDS:
            where = "ahead of" if ahead > 0 else "behind"
            log.warning("this machine's clock is %.0f s %s Discord's: synchronize it with NTP", abs(ahead), where)

    def database_said(self, database_time: float, machine_time: float) -> None:
        """The database's time, and this machine's at the same moment."""
        ahead = database_time - machine_time
        if abs(ahead - self.database) <= _WORTH_SECONDS:
            return
        self.database = 0.0 if abs(ahead) <= _WORTH_SECONDS else ahead
        if abs(ahead) > _NAMED_SECONDS:
            where = "ahead of" if ahead > 0 else "behind"
            log.warning("the database's clock is %.0f s %s this machine's: synchronize both", abs(ahead), where)


CLOCKS: Final = Clocks()


def shown_time(moment: float, style: str, rounded: Callable[[float], int] = int) -> str:
    """A time of the ledger (seconds since 1970, by the database's clock) as Discord's markup shows it.

    `style` is Discord's: R for "in 2 minutes", f and F for a date.
    """
    return f"<t:{rounded(moment - CLOCKS.ledger)}:{style}>"


def shown_machine_time(moment: float, style: str) -> str:
    """The same for a time by this machine's clock."""
    return f"<t:{math.floor(moment - CLOCKS.machine)}:{style}>"
