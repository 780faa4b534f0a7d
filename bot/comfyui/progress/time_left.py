"""Estimate how many seconds a run will still take, from the running sampler's steps, the times of its nodes in earlier
runs, and the usual total. Pure; times are seconds by the clock of the events.
"""

from typing import Final

from bot.comfyui.progress.graph_progress import Progress
from bot.comfyui.progress.node_runs import NodeRun

_OVERDUE: Final = 3.0
_OVERDUE_SECONDS: Final = 10.0
"""A step or node that takes this many times as long as expected, and at least this many seconds, may never end: from
then on there is no estimate.
"""
_BRIEF_SECONDS: Final = 2.0
"""The most a node without steps or earlier runs is assumed to take, however slow a sampler's steps are."""
_SLOWER: Final = 1.2
_SLOWER_SECONDS: Final = 3.0
"""The displayed time rises only if the estimate is longer by both this factor and this many seconds, since the steps
really are slower then. At a smaller difference it stays until the run has caught up.
"""


class TimeLeft:
    """The seconds left in the run that `progress` follows, smoothed so that they count down."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._displayed: float | None = None

    def seconds(self, now: float, begun_at: float, usual: float | None) -> float | None:
        """How many seconds are left; None if nothing is known, or if the run takes far longer than anything known.

        `usual` is the usual total of such runs; None means that nothing learned from earlier runs counts.
        """
        estimated = self._estimate(now, begun_at, usual)
        if estimated is None:
            return None
        told = self._displayed
        if told is None or estimated <= told or estimated > _SLOWER * told + _SLOWER_SECONDS:
            self._displayed = estimated
        return self._displayed

    def _estimate(self, now: float, begun_at: float, usual: float | None) -> float | None:
        if self._progress.runs.succeeded:
            return 0.0
        whole = None if usual is None else usual - (now - begun_at)
        running = self._seconds_of_current(now, learned=usual is not None)
        rest = [self._seconds_of_waiting(node_id, learned=usual is not None) for node_id in self._waiting()]
        known = [seconds for seconds in rest if seconds is not None]
        if running is None or len(known) < len(rest):
            # A run that exceeds its usual total says nothing about its end.
            return whole if whole is not None and whole > 0 and not self._stalled(now) else None
        by_nodes = running + sum(known)
        if whole is None or whole <= 0 or self._progress.learned:
            return by_nodes
        done = self._progress.snapshot(now).fraction
        return max(running, done * by_nodes + (1.0 - done) * whole)

    def _unfinished(self) -> list[str]:
        """The nodes that are not done."""
        return [node_id for node_id in self._progress.node_ids if not self._progress.runs.of(node_id).done]

    def _waiting(self) -> list[str]:
        return [node_id for node_id in self._unfinished() if node_id != self._progress.runs.current]

    def _seconds_of_current(self, now: float, *, learned: bool) -> float | None:
        """Seconds left in the running node: 0 if no node is running, None if unknown."""
        current = self._progress.runs.current
        if current is None or (node := self._progress.runs.of(current)).done:
            return 0.0
        before = self._progress.learned.get(current) if learned else None
        pace = node.pace(before.seconds / before.steps if before is not None and before.steps else None)
        if pace is None and self._pace() is not None:
            # The node's own first steps say more than the steps of the sampler before it.
            pace = node.first_pace()
        if node.counts and pace is not None and node.stepped_at is not None:
            if node.passes and before is None:
                return None  # the number of passes is unknown
            ahead = self._progress.planned(current) - node.earlier - node.step
            if ahead <= 0:
                return 0.0
            step = _remaining(pace, now - node.stepped_at)
            return None if step is None else step + (ahead - 1) * pace
        whole = self._seconds_of_waiting(current, learned=learned)
        if whole is None or node.begun_at is None:
            return None
        return _remaining(whole, now - node.begun_at)

    def _seconds_of_waiting(self, node_id: str, *, learned: bool) -> float | None:
        """Seconds that a node will take that has not begun."""
        if learned and node_id in self._progress.learned:
            return self._progress.expected(node_id)
        pace, weight = self._pace(), self._progress.weight(node_id)
        if learned and self._progress.learned and weight <= 1:
            return 0.0  # the server has never had to run it
        if pace is None:
            return None
        return weight * pace if weight > 1 else min(pace, _BRIEF_SECONDS)

    def _pace(self) -> float | None:
        """Seconds per step of the running sampler, or else of the one before it."""
        stepping = [node for _, node in self._progress.runs.items() if node.pace() is not None]
        return max(stepping, key=_stepped_at).pace() if stepping else None

    def _stalled(self, now: float) -> bool:
        """Whether the running sampler has stopped making steps."""
        current = self._progress.runs.current
        node = self._progress.runs.of(current) if current is not None else NodeRun(done=True)
        pace = node.pace()
        if node.done or pace is None or node.stepped_at is None:
            return False
        return _remaining(pace, now - node.stepped_at) is None


def _stepped_at(node: NodeRun) -> float:
    return node.stepped_at if node.stepped_at is not None else 0.0


def _remaining(expected: float, elapsed: float) -> float | None:
    """Seconds left of something expected to take `expected` seconds; None if it takes far too long."""
    if elapsed > max(_OVERDUE * expected, _OVERDUE_SECONDS):
        return None
    # Overdue means 0 seconds left, never a negative number.
    return max(0.0, expected - elapsed)
