"""How long the nodes of a workflow take on a server, learned from earlier runs. Pure, except for `NodeTimes`."""

import statistics
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.comfyui.progress.node_runs import NodeRuns

_REMEMBERED: Final = 5
"""Runs remembered per node. With the median of several, a single run that hung does no harm."""
_MOST_WORKFLOWS: Final = 512
"""Combinations of workflow, size and server that one process remembers; the oldest is forgotten first."""


@dataclass(frozen=True, slots=True)
class NodeTime:
    """How long a node takes: `seconds` in total; its `steps` and `passes` if it counts steps."""

    seconds: float
    steps: float = 0.0
    passes: int = 1


Learned = Mapping[str, NodeTime]
"""By node id, without nodes that never ran or were always cached."""


def measured(runs: NodeRuns) -> dict[str, NodeTime]:
    """The times of all nodes whose start and end were both seen."""
    return {
        node_id: NodeTime(
            node.ended_at - node.begun_at, node.earlier + node.step if node.counts else 0.0, node.passes + 1
        )
        for node_id, node in runs.items()
        if node.begun_at is not None and node.ended_at is not None
    }


class NodeTimes:
    """Remembers node times by any key that says which workflow ran where."""

    def __init__(self) -> None:
        self._runs: OrderedDict[Hashable, dict[str, list[NodeTime]]] = OrderedDict()

    def of(self, key: Hashable) -> Learned:
        """What is known of this workflow's nodes there."""
        return {node_id: _typical(times) for node_id, times in self._runs.get(key, {}).items()}

    def learn(self, key: Hashable, times: Learned) -> None:
        """Remember one successful run."""
        known = self._runs.setdefault(key, {})
        self._runs.move_to_end(key)
        for node_id, time in times.items():
            known[node_id] = [*known.get(node_id, ()), time][-_REMEMBERED:]
        if len(self._runs) > _MOST_WORKFLOWS:
            self._runs.popitem(last=False)


def _typical(times: list[NodeTime]) -> NodeTime:
    # Return one whole run, the median, so that its seconds and steps belong together.
    middle = statistics.median_low([_comparable(time) for time in times])
    return next(time for time in reversed(times) if _comparable(time) == middle)


def _comparable(time: NodeTime) -> float:
    return time.seconds / time.steps if time.steps else time.seconds
