"""Track from a run's events what each node has done and how fast. Pure; times are seconds by any clock."""

import statistics
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from bot.comfyui.protocol.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionSuccess,
    ProgressState,
    Tick,
)

_RECENT_STEPS: Final = 5
"""How many steps the pace is the median of: one stalled step does not change it, several slower ones do."""
_FEW_STEPS: Final = 3
_TRUSTED_SECONDS: Final = 1.0
"""If the measured steps took less than this in total, they say little about later ones."""


@dataclass(slots=True)
class NodeRun:
    """One node in one run.

    `step` of `steps` is its current count (`steps` up to 1 means that it counts nothing). A node that works tile by
    tile starts counting again for each tile: `earlier` is the number of steps in its `passes` finished so far.
    """

    begun_at: float | None = None
    ended_at: float | None = None
    done: bool = False
    step: float = 0.0
    steps: float = 0.0
    earlier: float = 0.0
    passes: int = 0
    stepped_at: float | None = None
    """When its latest step ended; None before its first."""
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT_STEPS))
    """Seconds of its latest steps, except the first step of each pass, which includes loading models."""

    @property
    def counts(self) -> bool:
        """Whether it counts steps."""
        return self.steps > 1

    def pace(self, usual: float | None = None) -> float | None:
        """Seconds per step; None if too little is known. `usual`, the pace of earlier runs, is mixed in as long as this
        run has few steps.
        """
        if usual is not None:
            return statistics.median([*self.recent, *[usual] * (_FEW_STEPS - len(self.recent))])
        if not self.recent or (sum(self.recent) < _TRUSTED_SECONDS and len(self.recent) < _RECENT_STEPS):
            return None
        return statistics.median(self.recent)

    def first_pace(self) -> float | None:
        """Seconds per step since the node began, including model loading; None before its first step."""
        if self.begun_at is None or self.stepped_at is None or not self.step or self.passes:
            return None
        return (self.stepped_at - self.begun_at) / self.step

    def count(self, step: float, steps: float, at: float) -> None:
        """Record that the node reports `step` of `steps`."""
        if steps <= 0:
            return
        # Some nodes count beyond their own maximum.
        step = min(max(step, 0.0), steps)
        if step < self.step or steps != self.steps:
            if self.counts and self.step:
                self.passes += 1
                self.earlier += self.step
            self.step = 0.0
            self.steps = steps
        if step > self.step:
            if self.step and self.stepped_at is not None:
                self.recent.append(max(0.0, at - self.stepped_at) / (step - self.step))
            self.step, self.stepped_at = step, at


class NodeRuns:
    """Turns a run's events into one `NodeRun` per node. `current` is the running node."""

    def __init__(self) -> None:
        self.current: str | None = None
        self.succeeded = False
        self._nodes: dict[str, NodeRun] = {}

    def of(self, node_id: str) -> NodeRun:
        """The record of this node."""
        return self._nodes.setdefault(node_id, NodeRun())

    def items(self) -> list[tuple[str, NodeRun]]:
        """Every node that an event has mentioned."""
        return list(self._nodes.items())

    def apply(self, event: Event, at: float) -> None:
        """Apply one event, received at the time `at`. Events that say nothing about nodes change nothing."""
        match event:
            case ExecutionCached(node_ids=node_ids):
                for node_id in node_ids:
                    self.of(node_id).done = True
            case Executing(node_id=str() as node_id):
                self._enter(node_id, at)
            case Tick(node_id=str() as node_id, value=value, max=maximum):
                self._count(node_id, value, maximum, at)
            case ProgressState(nodes=nodes):
                for node in nodes:
                    if node.state == "finished":
                        self._end(node.node_id, at)
                    elif node.state == "running":
                        self._count(node.node_id, node.value, node.max, at)
            case Executed(node_id=node_id):
                self._end(node_id, at)
            case ExecutionSuccess():
                self.succeeded = True
                if self.current is not None:
                    self._end(self.current, at)

    def _enter(self, node_id: str, at: float) -> None:
        if node_id == self.current:
            return
        # Nodes run one at a time: the one before is done.
        if self.current is not None:
            self._end(self.current, at)
        self.current = node_id
        node = self.of(node_id)
        if node.begun_at is None:
            node.begun_at = at

    def _count(self, node_id: str, step: float, steps: float, at: float) -> None:
        if self.of(node_id).done:
            return
        self._enter(node_id, at)
        self.of(node_id).count(step, steps, at)

    def _end(self, node_id: str, at: float) -> None:
        node = self.of(node_id)
        if not node.done:
            node.done, node.ended_at = True, at
