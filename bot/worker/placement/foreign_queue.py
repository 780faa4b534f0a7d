"""What one ComfyUI has to do for others, who queued it in ComfyUI itself. Pure; times in seconds by any clock.

Their prompts are only looked at. They are never stopped, deleted or moved.
"""

import statistics
from collections import deque
from collections.abc import Collection
from typing import Final

from bot.comfyui import PromptQueue

_FEW: Final = 2
"""With more prompts of others than this, their queue is long: ours waits in our own queue, where it can be moved,
cancelled, and taken by another server.
"""
_REMEMBERED: Final = 15
"""How many of their runs are remembered."""
_SEEN_OFTEN_SECONDS: Final = 3.0
"""A run is measured if its beginning and its end were both noticed at most this late."""


class ForeignQueue:
    """The prompts of others on one server, as far as the last look goes."""

    def __init__(self) -> None:
        self._queue = PromptQueue()
        self._foreign: frozenset[str] = frozenset()
        self._seen_at: float | None = None
        self._running: dict[str, float | None] = {}
        """Their running prompts, and when each began, if that was noticed."""
        self._recent: deque[float] = deque(maxlen=_REMEMBERED)
        self._first: frozenset[str] | None = None
        """Once their queue is long: the prompts that come before our next one. Those that come later do not."""

    @property
    def count(self) -> int:
        """How many there are, running and waiting."""
        return len(self._foreign)

    @property
    def keeps_out(self) -> bool:
        """Whether their queue is long. Nobody keeps us out for ever by adding to it: once those that were there when it
        got long are done, our next prompt joins the queue like anybody else's.
        """
        return self.count > _FEW and (self._first is None or len(self._first & self._foreign) > _FEW)

    def saw(self, queue: PromptQueue, ours: Collection[str], now: float) -> None:
        """The server has this queue now, in which these prompts are ours."""
        foreign = frozenset((*queue.running, *queue.pending)).difference(ours)
        often = self._seen_at is not None and now - self._seen_at <= _SEEN_OFTEN_SECONDS
        running: dict[str, float | None] = {}
        for prompt_id in queue.running:
            if prompt_id in foreign:
                running[prompt_id] = self._running.get(prompt_id, now if often else None)
        for prompt_id, began_at in self._running.items():
            if prompt_id not in running and began_at is not None and often:
                self._recent.append(now - began_at)
        self._queue, self._foreign, self._seen_at, self._running = queue, foreign, now, running
        if self.count <= _FEW:
            self._first = None
        elif self._first is None:
            self._first = foreign

    def joined(self) -> None:
        """A prompt of ours joins the queue. The next one comes after those that are there now."""
        self._first = self._foreign if self.count > _FEW else None

    def ahead_of(self, prompt_id: str) -> int:
        """How many of them run before this prompt of ours; all, if the server does not have it yet."""
        return sum(one in self._foreign for one in self._queue.before(prompt_id))

    def seconds_left(self, now: float) -> float | None:
        """How long all of them should still take; None as long as no run of theirs was seen from beginning to end."""
        if not self._recent:
            return None
        usual = statistics.median(self._recent)
        elapsed = [now - began_at for began_at in self._running.values() if began_at is not None]
        return max(0.0, usual * self.count - sum(min(usual, one) for one in elapsed))
