"""A job's place on its server, and when the job should leave it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.comfyui import Finished
from bot.errors import Unreachable
from bot.ledger import Job
from bot.worker.placement.meter import Meter

_OVERDUE: Final = 3.0
"""A run longer than this many times the usual (plus `_OVERDUE_SECONDS`) has no known end."""
_OVERDUE_SECONDS: Final = 2.0


@dataclass(slots=True)
class Slot:
    """One job on one server. Times are seconds by the event loop's clock.

    `meter` measures what it costs. `usual` is how many seconds such jobs take there, if known; `estimate` gives the
    seconds left by its progress.
    `behind` says whether another job is before it there. `leave` is called when the server has nothing more to do for
    the job, `refused` when the server locks the bot out while it should be working on the job.
    """

    job: Job
    behind: Callable[[], bool]
    leave: Callable[[], None]
    refused: Callable[[], None] = lambda: None
    usual: float | None = None
    estimate: Callable[[], float | None] = lambda: None
    moved: Callable[[], None] = lambda: None
    """Called when `foreign_ahead` has changed."""
    foreign_ahead: int = 0
    """How many prompts of others its server runs before it."""
    foreign_reported: int = 0
    """How many the ledger knows of."""
    begun_at: float | None = None
    given_back: bool = False
    """Another server asked for the job, and this one gave it back."""
    makes_way: bool = False
    """It is to be given back for another job, which takes its place on this server."""
    rests: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the server rests: a job that it has not begun leaves it."""
    stops: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody else needs the GPU so much that a running job leaves it, too."""
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the server has the prompt. Then the next job may follow, so that jobs run in the order of claims."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    meter: Meter = field(default_factory=Meter)
    stranded: bool = False
    """The job is over, and its server did not answer when the prompt was to be stopped: it may have that still."""

    def stopped(self, prompt_id: str, finished: Finished) -> None:
        """What the server says about the end of a prompt that was stopped for good, or why it says nothing."""
        self.meter.ended(prompt_id, finished)
        self.stranded |= isinstance(finished.error, Unreachable)

    def begin(self, now: float) -> None:
        """The server has begun the job."""
        if self.begun_at is None:
            self.begun_at = now
            self.meter.begun(now)
            self.begun.set()

    def seconds_left(self, now: float) -> float | None:
        """Seconds until the server is done with the job; None if unknown."""
        if self.begun_at is None:
            return self.usual
        return seconds_left(self.usual, now - self.begun_at, self.estimate())


def seconds_left(usual: float | None, elapsed: float, estimated: float | None) -> float | None:
    """Seconds left of a run. Its own progress is the best source, then the usual time of such runs."""
    if estimated is not None:
        return estimated
    if usual is None or elapsed > _OVERDUE * usual + _OVERDUE_SECONDS:
        return None
    return max(0.0, usual - elapsed)
