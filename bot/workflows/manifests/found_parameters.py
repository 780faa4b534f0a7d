"""The parameters of a graph while they are being found, and what is not clear about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.workflows.graphs.graph import Graph
from bot.workflows.graphs.parameters import ParameterType, Target
from bot.workflows.manifests.targets import Names

_MOST_CANDIDATES: Final = 15
"""That a person may want to choose from."""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A parameter that could be several things; `candidates` are targets as a manifest would write them."""

    parameter: str
    candidates: tuple[str, ...]


class Found:
    """Parameters as they are found: the first way to find one is the one that counts."""

    def __init__(self, graph: Graph) -> None:
        self.targets: dict[str, tuple[Target, ...]] = {}
        self.ambiguities: list[Ambiguity] = []
        self.types: dict[str, ParameterType] = {}
        self._graph = graph
        self._taken: set[Target] = set()

    def take(self, name: str, targets: Iterable[Target]) -> None:
        """All of these are the parameter: they are set together. An input is the first parameter it is found as."""
        unique = self.free(targets)
        if unique and name not in self.targets:
            self.targets[name] = unique
            self._taken.update(unique)

    def choose(self, name: str, targets: Iterable[Target]) -> None:
        """These are the parameter if they hold the same now; if not, it is not clear which of them is meant."""
        unique = self.free(targets)
        # A text that its author left empty, beside one that is not, is meant to stay so.
        unique = tuple(one for one in unique if self.value(one) != "") or unique
        if len({repr(self.value(one)) for one in unique}) <= 1:
            self.take(name, unique)
        elif name not in self.targets:
            self.doubt(name, unique)

    def doubt(self, name: str, targets: Iterable[Target]) -> None:
        """It is not clear which of these is the parameter."""
        names = Names(self._graph)
        candidates = tuple(names.written(one) for one in list(targets)[:_MOST_CANDIDATES])
        self.ambiguities.append(Ambiguity(name, candidates))

    def free(self, targets: Iterable[Target]) -> tuple[Target, ...]:
        """Those of the targets that are no parameter yet."""
        return tuple(one for one in dict.fromkeys(targets) if one not in self._taken)

    def value(self, target: Target) -> object:
        return self._graph[target.node_id]["inputs"][target.input_name]
