"""Events -> how far the whole graph is. Pure; never goes back, never passes 100 %."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.comfyui.progress.node_runs import NodeRun, NodeRuns
from bot.comfyui.progress.node_times import Learned, NodeTime
from bot.comfyui.protocol.events import Event
from bot.workflows.graphs.graph import Graph, link_source, live_nodes, node_title, upstream

_NOTHING: Final[Mapping[str, NodeTime]] = MappingProxyType({})
_UNTOLD: Final = 0.95
"""No node is taken to be over before the server says so."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far a run is: `fraction` of the whole graph in 0..1, the node at work, its step where it counts steps."""

    fraction: float = 0.0
    stage: str | None = None
    step: int | None = None
    steps: int | None = None


class Progress:
    """Folds a run's events into a `Snapshot`.

    A node weighs the seconds that it took in earlier runs (`learned`). Of one that never ran here a sampler weighs as
    much as it has steps and any other node one; a node that reports more steps than it was thought to have weighs that
    many from then on.
    """

    def __init__(self, graph: Graph, learned: Learned = _NOTHING) -> None:
        self.runs: Final = NodeRuns()
        self.learned: Final = learned
        self._graph = graph
        self._weights = {node_id: _weight(graph, node_id) for node_id in live_nodes(graph)}
        known = [(learned[node_id].seconds, self._weights[node_id]) for node_id in self._weights if node_id in learned]
        # Seconds that a node without a past counts for, for each unit of its weight.
        self._scale = sum(seconds for seconds, _ in known) / sum(weight for _, weight in known) if known else 1.0
        self._fraction = 0.0

    @property
    def node_ids(self) -> tuple[str, ...]:
        """The nodes that count."""
        return tuple(self._weights)

    def apply(self, event: Event, at: float = 0.0) -> Snapshot:
        """Take one event in, which came `at` this time; events that say nothing about progress change nothing."""
        self.runs.apply(event, at)
        for node_id, node in self.runs.items():
            if node.counts:
                self._weights[node_id] = max(self._weights.get(node_id, 0.0), node.earlier + node.steps)
        return self.snapshot(at)

    def snapshot(self, now: float = 0.0) -> Snapshot:
        """Where the run is at this time."""
        expected = {node_id: self.expected(node_id) for node_id in self._weights}
        total = sum(expected.values())
        done = sum(seconds * self._share(node_id, seconds, now) for node_id, seconds in expected.items())
        # A node found to be heavier than thought makes the whole larger: the bar waits rather than going back.
        self._fraction = max(self._fraction, min(1.0, done / total) if total else 0.0)
        if self.runs.succeeded:
            self._fraction = 1.0
        current = self.runs.current
        if current is None:
            return Snapshot(self._fraction)
        node = self.runs.of(current)
        counted = (int(node.step), int(node.steps)) if node.counts and not node.done else (None, None)
        return Snapshot(self._fraction, node_title(self._graph, current), *counted)

    def weight(self, node_id: str) -> float:
        """In steps, whatever they take."""
        return self._weights.get(node_id, 1.0)

    def planned(self, node_id: str) -> float:
        """How many steps a node has in all its passes, as far as that is known."""
        node, time = self.runs.of(node_id), self.learned.get(node_id)
        if not node.counts:
            return self.weight(node_id)
        return max(node.earlier + node.steps, node.steps * (time.passes if time is not None else 1))

    def expected(self, node_id: str) -> float:
        """What the whole of a node counts for: its seconds, where any node's are known."""
        time = self.learned.get(node_id)
        if time is None:
            return self.weight(node_id) * self._scale
        if time.steps and self._counts(node_id):
            return time.seconds * self.planned(node_id) / time.steps
        return time.seconds

    def _counts(self, node_id: str) -> bool:
        """Whether its number of steps is known in this run."""
        return self.runs.of(node_id).counts or self.learned[node_id].passes == 1 < self.weight(node_id)

    def _share(self, node_id: str, expected: float, now: float) -> float:
        node = self.runs.of(node_id)
        if node.done:
            return 1.0
        if node.counts:
            return (node.earlier + node.step) / self.planned(node_id)
        if node.steps:
            return node.step / node.steps
        return self._share_by_the_clock(node_id, node, expected, now)

    def _share_by_the_clock(self, node_id: str, node: NodeRun, expected: float, now: float) -> float:
        if node_id != self.runs.current or node_id not in self.learned or node.begun_at is None or not expected:
            return 0.0
        return min(_UNTOLD, max(0.0, now - node.begun_at) / expected)


def repeated(graph: Graph, cached: Collection[str]) -> bool:
    """Whether a run that took these nodes from the cache made nothing: what it took says nothing about others."""
    nodes = live_nodes(graph)
    samplers = [node_id for node_id in nodes if _weight(graph, node_id) > 1]
    return bool(nodes) and set(samplers or nodes) <= set(cached)


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
