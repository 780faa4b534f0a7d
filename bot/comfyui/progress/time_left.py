"""How many seconds a run still takes: from the steps of the sampler at work, what its nodes took before, and what such
runs take as a whole. Pure; times in seconds by the clock of the events.
"""

from __future__ import annotations

from typing import Final

from bot.comfyui.progress.graph_progress import Progress
from bot.comfyui.progress.node_runs import NodeRun

_OVERDUE: Final = 3.0
_OVERDUE_SECONDS: Final = 10.0
"""A step or a node that takes this many times as long as expected, and at least so many seconds, may take for ever:
nothing is known of its end any more.
"""
_BRIEF_SECONDS: Final = 2.0
"""A node without steps of which nothing is known takes no longer than this, however slow the steps of a sampler are."""
_SLOWER: Final = 1.2
_SLOWER_SECONDS: Final = 3.0
"""What is told rises only where the estimate has become this many times as long and so many seconds longer: then steps
take longer than it allowed. Until the run has caught up with a smaller difference, the time told stays as it is.
"""


class TimeLeft:
    """The seconds left of the run that `progress` follows, told so that they count down."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._told: float | None = None

    def seconds(self, now: float, begun_at: float, usual: float | None) -> float | None:
        """How many seconds are left; None where nothing tells, or the run takes far longer than anything that tells.

        `usual` is what such runs take; None: nothing that was learned counts.
        """
        estimated = self._estimate(now, begun_at, usual)
        if estimated is None:
            return None
        told = self._told
        if told is None or estimated <= told or estimated > _SLOWER * told + _SLOWER_SECONDS:
            self._told = estimated
        return self._told

    def _estimate(self, now: float, begun_at: float, usual: float | None) -> float | None:
        if self._progress.runs.succeeded:
            return 0.0
        whole = None if usual is None else usual - (now - begun_at)
        running = self._of_current(now, learned=usual is not None)
        rest = [self._of_next(node_id, learned=usual is not None) for node_id in self._next()]
        known = [seconds for seconds in rest if seconds is not None]
        if running is None or len(known) < len(rest):
            # Once a run is over its usual time, that says nothing about its end.
            return whole if whole is not None and whole > 0 and not self._stalled(now) else None
        by_nodes = running + sum(known)
        if whole is None or whole <= 0 or self._progress.learned:
            return by_nodes
        done = self._progress.snapshot(now).fraction
        return max(running, done * by_nodes + (1.0 - done) * whole)

    def _ahead(self) -> list[str]:
        """The nodes that are not over."""
        return [node_id for node_id in self._progress.node_ids if not self._progress.runs.of(node_id).done]

    def _next(self) -> list[str]:
        return [node_id for node_id in self._ahead() if node_id != self._progress.runs.current]

    def _of_current(self, now: float, *, learned: bool) -> float | None:
        """What is left of the node at work: 0 where there is none, None where that is not known."""
        current = self._progress.runs.current
        if current is None or (node := self._progress.runs.of(current)).done:
            return 0.0
        before = self._progress.learned.get(current) if learned else None
        pace = node.pace(before.seconds / before.steps if before is not None and before.steps else None)
        if pace is None and self._pace() is not None:
            # Its own first steps say more of it than those of the sampler before it.
            pace = node.first_pace()
        if node.counts and pace is not None and node.stepped_at is not None:
            if node.passes and before is None:
                return None  # nobody knows how often it counts
            ahead = self._progress.planned(current) - node.earlier - node.step
            if ahead <= 0:
                return 0.0
            step = _rest(pace, now - node.stepped_at)
            return None if step is None else step + (ahead - 1) * pace
        whole = self._of_next(current, learned=learned)
        if whole is None or node.begun_at is None:
            return None
        return _rest(whole, now - node.begun_at)

    def _of_next(self, node_id: str, *, learned: bool) -> float | None:
        """What a node takes that has not begun."""
        if learned and node_id in self._progress.learned:
            return self._progress.expected(node_id)
        pace, weight = self._pace(), self._progress.weight(node_id)
        if learned and self._progress.learned and weight <= 1:
            return 0.0  # the server has never had to run it
        if pace is None:
            return None
        return weight * pace if weight > 1 else min(pace, _BRIEF_SECONDS)

    def _pace(self) -> float | None:
        """Seconds a step of the sampler at work, or of the one before it."""
        stepping = [node for _, node in self._progress.runs.items() if node.pace() is not None]
        return max(stepping, key=_stepped_at).pace() if stepping else None

    def _stalled(self, now: float) -> bool:
        """Whether the sampler at work has stopped stepping."""
        current = self._progress.runs.current
        node = self._progress.runs.of(current) if current is not None else NodeRun(done=True)
        pace = node.pace()
        if node.done or pace is None or node.stepped_at is None:
            return False
        return _rest(pace, now - node.stepped_at) is None


def _stepped_at(node: NodeRun) -> float:
    return node.stepped_at if node.stepped_at is not None else 0.0


def _rest(expected: float, elapsed: float) -> float | None:
    """What is left of something that was expected to take so long; None where it takes far too long."""
    if elapsed > max(_OVERDUE * expected, _OVERDUE_SECONDS):
        return None
    # What is late is due: it would count up otherwise, while the end comes nearer.
    return max(0.0, expected - elapsed)
