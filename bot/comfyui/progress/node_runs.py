"""Events with their times -> what each node of a run has done, and how fast. Pure; times in seconds by any clock."""

from __future__ import annotations

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

_RECENT: Final = 5
"""Steps whose median is the pace: one that stalled does not change it, and a few slower ones do."""
_FEW: Final = 3
_TRUSTED_SECONDS: Final = 1.0
"""Steps that took less than this together say little about those to come."""


@dataclass(slots=True)
class NodeRun:
    """One node in one run.

    `step` of `steps` is the count under way (`steps` up to 1: it counts nothing). A node that works tile by tile counts
    each tile from the beginning: `earlier` holds the steps of the `passes` that are over.
    """

    begun_at: float | None = None
    ended_at: float | None = None
    done: bool = False
    step: float = 0.0
    steps: float = 0.0
    earlier: float = 0.0
    passes: int = 0
    stepped_at: float | None = None
    """When its latest step ended; None: it has done none."""
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))
    """Seconds of its latest steps, without the first one of each pass, which waits for models."""

    @property
    def counts(self) -> bool:
        """Whether it counts steps."""
        return self.steps > 1

    def pace(self, usual: float | None = None) -> float | None:
        """Seconds a step; None where too little is known of it. `usual`: those of earlier runs, which count as long as
        this one has told of few.
        """
        if usual is not None:
            return statistics.median([*self.recent, *[usual] * (_FEW - len(self.recent))])
        if not self.recent or (sum(self.recent) < _TRUSTED_SECONDS and len(self.recent) < _RECENT):
            return None
        return statistics.median(self.recent)

    def first_pace(self) -> float | None:
        """Seconds a step, counted from its beginning, with whatever it had to load; None before its first step."""
        if self.begun_at is None or self.stepped_at is None or not self.step or self.passes:
            return None
        return (self.stepped_at - self.begun_at) / self.step

    def count(self, step: float, steps: float, at: float) -> None:
        """It says that it has done so many of its steps."""
        if steps <= 0:
            return
        # Some nodes count past their own end.
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
    """Folds a run's events into its nodes' `NodeRun`s. `current` is the node at work."""

    def __init__(self) -> None:
        self.current: str | None = None
        self.succeeded = False
        self._nodes: dict[str, NodeRun] = {}

    def of(self, node_id: str) -> NodeRun:
        """What this node has done."""
        return self._nodes.setdefault(node_id, NodeRun())

    def items(self) -> list[tuple[str, NodeRun]]:
        """Every node that something was heard of."""
        return list(self._nodes.items())

    def apply(self, event: Event, at: float) -> None:
        """Take one event in, which came at this time; events that say nothing about nodes change nothing."""
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
        # One node runs at a time: the one before it is done.
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
