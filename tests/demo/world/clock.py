"""Real time. simcord's own clock doesn't advance, so the bot's tasks would see two different times."""

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
