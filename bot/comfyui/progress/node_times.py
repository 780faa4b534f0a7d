"""What the nodes of a workflow take on a server, learned from the runs before. Pure but for `NodeTimes`, a memory."""

from __future__ import annotations

import statistics
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.comfyui.progress.node_runs import NodeRuns

_REMEMBERED: Final = 5
"""Runs of a node: their median forgets one that hung."""
_MOST_WORKFLOWS: Final = 512
"""Workflows, sizes and servers together that one process remembers: the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class NodeTime:
    """What a node takes: `seconds` in all; with how many `steps` in how many `passes`, where it counts them."""

    seconds: float
    steps: float = 0.0
    passes: int = 1


Learned = Mapping[str, NodeTime]
"""By the nodes' ids. A node that was always cached, or never ran, is missing."""


def measured(runs: NodeRuns) -> dict[str, NodeTime]:
    """What each node took that was seen to begin and to end."""
    return {
        node_id: NodeTime(
            node.ended_at - node.begun_at, node.earlier + node.step if node.counts else 0.0, node.passes + 1
        )
        for node_id, node in runs.items()
        if node.begun_at is not None and node.ended_at is not None
    }


class NodeTimes:
    """Remembers what nodes took, by any key that says which workflow ran where."""

    def __init__(self) -> None:
        self._runs: OrderedDict[Hashable, dict[str, list[NodeTime]]] = OrderedDict()

    def of(self, key: Hashable) -> Learned:
        """What is known of the nodes of this workflow there."""
        return {node_id: _typical(times) for node_id, times in self._runs.get(key, {}).items()}

    def learn(self, key: Hashable, times: Learned) -> None:
        """Remember one run that ended well."""
        known = self._runs.setdefault(key, {})
        self._runs.move_to_end(key)
        for node_id, time in times.items():
            known[node_id] = [*known.get(node_id, ()), time][-_REMEMBERED:]
        if len(self._runs) > _MOST_WORKFLOWS:
            self._runs.popitem(last=False)


def _typical(times: list[NodeTime]) -> NodeTime:
    # The run in the middle as a whole: its seconds belong to its own steps.
    middle = statistics.median_low([_comparable(time) for time in times])
    return next(time for time in reversed(times) if _comparable(time) == middle)


def _comparable(time: NodeTime) -> float:
    return time.seconds / time.steps if time.steps else time.seconds
