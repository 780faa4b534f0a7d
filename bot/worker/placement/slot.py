"""A job's place on its server, and when the job is due to leave it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.ledger import Job

_OVERDUE: Final = 3.0
"""So many times as long as usual, and nothing is known of when it ends."""
_OVERDUE_SECONDS: Final = 2.0


@dataclass(slots=True)
class Slot:
    """One job on one server; times by the event loop's clock.

    `usual` is how many seconds such jobs take there, where that is known; `estimate` asks its progress how many are
    left. `behind` says whether another job is before it there; `leave` is called when the server has nothing more to
    do for it, `refused` when the server lets nobody in while it should be working on it.
    """

    job: Job
    behind: Callable[[], bool]
    leave: Callable[[], None]
    refused: Callable[[], None] = lambda: None
    usual: float | None = None
    estimate: Callable[[], float | None] = lambda: None
    begun_at: float | None = None
    given_back: bool = False
    """Another server asked for it, and has it by now."""
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the server has the prompt: the next job may follow, so that they run in the order of their claims."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, now: float) -> None:
        """The server has begun the job."""
        if self.begun_at is None:
            self.begun_at = now
            self.begun.set()

    def seconds_left(self, now: float) -> float | None:
        """How many seconds until the server is done with it; None where nothing tells."""
        if self.begun_at is None:
            return self.usual
        return seconds_left(self.usual, now - self.begun_at, self.estimate())


def seconds_left(usual: float | None, elapsed: float, estimated: float | None) -> float | None:
    """What is left of a run that has taken so many seconds. Its own progress knows best, then what such runs take."""
    if estimated is not None:
        return estimated
    if usual is None or elapsed > _OVERDUE * usual + _OVERDUE_SECONDS:
        return None
    return max(0.0, usual - elapsed)
