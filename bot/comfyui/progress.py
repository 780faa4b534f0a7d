"""Events -> how far the whole graph is. Pure; never goes back, never passes 100 %."""

from __future__ import annotations

from dataclasses import dataclass

from bot.comfyui.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionSuccess,
    ProgressState,
    Tick,
)
from bot.workflows.graph import Graph, link_source, live_nodes, node_title, upstream


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far a run is: `fraction` of the whole graph in 0..1, the node at work, its step where it counts steps."""

    fraction: float = 0.0
    stage: str | None = None
    step: int | None = None
    steps: int | None = None


class Progress:
    """Folds a run's events into a `Snapshot`.

    A sampler weighs as much as it has steps, any other node one; a node that reports more steps than it was
    thought to have weighs that many from then on.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._weights = {node_id: _weight(graph, node_id) for node_id in live_nodes(graph)}
        self._done: dict[str, float] = {}
        self._current: str | None = None
        self._ticks: tuple[int, int] | None = None
        self._fraction = 0.0

    def apply(self, event: Event) -> Snapshot:
        """Take one event in; events that say nothing about progress change nothing."""
        match event:
            case ExecutionCached(node_ids=node_ids):
                for node_id in node_ids:
                    self._finish(node_id)
            case Executing(node_id=str() as node_id):
                self._enter(node_id)
            case Tick(node_id=str() as node_id, value=value, max=maximum):
                self._tick(node_id, value, maximum)
            case ProgressState(nodes=nodes):
                for node in nodes:
                    if node.state == "finished":
                        self._finish(node.node_id)
                    elif node.state == "running":
                        self._tick(node.node_id, node.value, node.max)
            case Executed(node_id=node_id):
                self._finish(node_id)
            case ExecutionSuccess():
                self._done = dict.fromkeys(self._weights, 1.0)
        return self.snapshot()

    def snapshot(self) -> Snapshot:
        """Where the run is now."""
        total = sum(self._weights.values())
        done = sum(weight * self._done.get(node_id, 0.0) for node_id, weight in self._weights.items())
        # A node found to be heavier than thought makes the whole larger: the bar waits rather than going back.
        self._fraction = max(self._fraction, min(1.0, done / total) if total else 0.0)
        stage = node_title(self._graph, self._current) if self._current is not None else None
        step, steps = self._ticks if self._ticks is not None else (None, None)
        return Snapshot(self._fraction, stage, step, steps)

    def _enter(self, node_id: str) -> None:
        if node_id == self._current:
            return
        # One node runs at a time: whoever ran before is done.
        if self._current is not None:
            self._finish(self._current)
        self._current = node_id
        self._ticks = None

    def _tick(self, node_id: str, value: float, maximum: float) -> None:
        if self._done.get(node_id, 0.0) >= 1.0:
            return
        self._enter(node_id)
        if maximum > 1:
            self._weights[node_id] = max(self._weights.get(node_id, 0.0), maximum)
            # Some nodes count past their own end.
            self._ticks = (int(min(max(value, 0.0), maximum)), int(maximum))
        if maximum > 0:
            share = min(1.0, max(0.0, value / maximum))
            self._done[node_id] = max(self._done.get(node_id, 0.0), share)

    def _finish(self, node_id: str) -> None:
        self._done[node_id] = 1.0


def _weight(graph: Graph, node_id: str) -> float:
    """A sampler's steps: its own `steps`, or for custom samplers those of the scheduler that feeds its `sigmas`."""
    inputs = graph[node_id]["inputs"]
    steps = inputs.get("steps")
    if isinstance(steps, int) and "sampler_name" in inputs:
        start, end = inputs.get("start_at_step"), inputs.get("end_at_step")
        first = start if isinstance(start, int) else 0
        last = min(end, steps) if isinstance(end, int) else steps
        return max(1.0, last - first)
    sigmas = link_source(inputs.get("sigmas"))
    if sigmas is not None and "sampler" in inputs:
        found = (graph[source]["inputs"].get("steps") for source in upstream(graph, [sigmas]))
        return float(max((s for s in found if isinstance(s, int)), default=1))
    return 1.0
