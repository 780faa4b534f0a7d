"""Compute the progress of a whole graph from its events. Pure; it never goes back and never exceeds 100%."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.comfyui.progress.node_runs import NodeRun, NodeRuns
from bot.comfyui.progress.node_times import Learned, NodeTime
from bot.comfyui.protocol.events import Event
from bot.workflows.graphs.graph import Graph, link_source, live_nodes, node_title, upstream

_NO_TIMES: Final[Mapping[str, NodeTime]] = MappingProxyType({})
_MOST_BY_TIME: Final = 0.95
"""The largest share an estimate by time gives a node: only the server can say that the node is done."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far a run is: `fraction` of the whole graph (0..1), the title of the running node, its step if it has any."""

    fraction: float = 0.0
    stage: str | None = None
    step: int | None = None
    steps: int | None = None


class Progress:
    """Turns a run's events into a `Snapshot`.

    A node's weight is the seconds it took in earlier runs (`learned`). Without earlier runs, a sampler's weight is its
    number of steps and any other node's is 1. A node that reports more steps than expected gets that larger weight.
    """

    def __init__(self, graph: Graph, learned: Learned = _NO_TIMES) -> None:
        self.runs: Final = NodeRuns()
        self.learned: Final = learned
        self._graph = graph
        self._weights = {node_id: _weight(graph, node_id) for node_id in live_nodes(graph)}
        known = [(learned[node_id].seconds, self._weights[node_id]) for node_id in self._weights if node_id in learned]
        # Seconds per unit of weight, for nodes without earlier runs.
        self._scale = sum(seconds for seconds, _ in known) / sum(weight for _, weight in known) if known else 1.0
        self._fraction = 0.0

    @property
    def node_ids(self) -> tuple[str, ...]:
        """The nodes that will run."""
        return tuple(self._weights)

    def apply(self, event: Event, at: float = 0.0) -> Snapshot:
        """Apply one event, received at the time `at`. Events that say nothing about progress change nothing."""
        self.runs.apply(event, at)
        for node_id, node in self.runs.items():
            if node.counts:
                self._weights[node_id] = max(self._weights.get(node_id, 0.0), node.earlier + node.steps)
        return self.snapshot(at)

    def snapshot(self, now: float = 0.0) -> Snapshot:
        """The progress at the time `now`."""
        expected = {node_id: self.expected(node_id) for node_id in self._weights}
        total = sum(expected.values())
        done = sum(seconds * self._share(node_id, seconds, now) for node_id, seconds in expected.items())
        # A node with more steps than expected makes the total larger: the bar then waits instead of going back.
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
        """The node's weight in steps, however long a step takes."""
        return self._weights.get(node_id, 1.0)

    def planned(self, node_id: str) -> float:
        """How many steps a node does in all its passes, as far as known."""
        node, time = self.runs.of(node_id), self.learned.get(node_id)
        if not node.counts:
            return self.weight(node_id)
        return max(node.earlier + node.steps, node.steps * (time.passes if time is not None else 1))

    def expected(self, node_id: str) -> float:
        """The node's share of the total: in seconds if any node's seconds are known, else in steps."""
        time = self.learned.get(node_id)
        if time is None:
            return self.weight(node_id) * self._scale
        if time.steps and self._counts(node_id):
            return time.seconds * self.planned(node_id) / time.steps
        return time.seconds

    def _counts(self, node_id: str) -> bool:
        """Whether this run tells the node's number of steps."""
        return self.runs.of(node_id).counts or self.learned[node_id].passes == 1 < self.weight(node_id)

    def _share(self, node_id: str, expected: float, now: float) -> float:
        node = self.runs.of(node_id)
        if node.done:
            return 1.0
        if node.counts:
            return (node.earlier + node.step) / self.planned(node_id)
        if node.steps:
            return node.step / node.steps
        return self._share_by_time(node_id, node, expected, now)

    def _share_by_time(self, node_id: str, node: NodeRun, expected: float, now: float) -> float:
        if node_id != self.runs.current or node_id not in self.learned or node.begun_at is None or not expected:
            return 0.0
        return min(_MOST_BY_TIME, max(0.0, now - node.begun_at) / expected)


def repeated(graph: Graph, cached: Collection[str]) -> bool:
    """Whether a run with these cached nodes generated nothing. Its duration then says nothing about other runs."""
    nodes = live_nodes(graph)
    samplers = [node_id for node_id in nodes if _weight(graph, node_id) > 1]
    return bool(nodes) and set(samplers or nodes) <= set(cached)


def _weight(graph: Graph, node_id: str) -> float:
    """A sampler's steps: its own `steps`, or for a custom sampler those of the scheduler behind its `sigmas`."""
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
