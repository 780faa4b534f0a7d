"""Time as it is. simcord's own clock stands still, which would have the bot's tasks live in two times at once."""

from datetime import UTC, datetime
from time import monotonic

from simcord._clock import Clock


class RunningClock(Clock):
    """Inside simcord it is as late as outside: tokens expire, and what waits in a task waits as long as it says."""

    def __init__(self) -> None:
        """Nothing is kept: a clock that runs has no state of its own."""

    @property
    def elapsed(self) -> float:  # type: ignore[override]
        # simcord replaces time.monotonic for the tasks of the bot; what was imported before is the real one.
        return monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """It advances by itself."""
