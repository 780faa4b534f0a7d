"""Which node runs next: what is ready, and of that what brings an output nearest."""

from collections.abc import Callable, Iterable
from typing import Final

from tests.comfyui_server.validation import Graph, is_link

# The real server looks this many links ahead for an output.
_LOOK_AHEAD: Final = 2


class NodeOrder:
    def __init__(
        self,
        graph: Graph,
        outputs: Iterable[str],
        *,
        is_output: Callable[[str], bool],
        is_cached: Callable[[str], bool],
    ) -> None:
        self._is_output: Final = is_output
        self._unmet: Final[dict[str, set[str]]] = {}
        self._dependents: Final[dict[str, list[str]]] = {}
        # The last found is looked at first; that fixes the order among equals.
        for output in outputs:
            found = [output]
            while found:
                node_id = found.pop()
                if node_id in self._unmet:
                    continue
                sources = [value[0] for value in graph[node_id]["inputs"].values() if is_link(value)]
                needed = [source for source in sources if not is_cached(source)]
                self._unmet[node_id] = set(needed)
                self._dependents.setdefault(node_id, [])
                for source in needed:
                    self._dependents.setdefault(source, []).append(node_id)
                found += needed

    def next(self) -> str | None:
        """None when all have run."""
        ready = [node_id for node_id, unmet in self._unmet.items() if not unmet]
        for distance in range(_LOOK_AHEAD + 1):
            for node_id in ready:
                if self._reaches_output(node_id, distance):
                    return node_id
        return ready[0] if ready else None

    def done(self, node_id: str) -> None:
        del self._unmet[node_id]
        for dependent in self._dependents.pop(node_id):
            self._unmet[dependent].discard(node_id)

    def _reaches_output(self, node_id: str, distance: int) -> bool:
        if distance == 0:
            return self._is_output(node_id)
        return any(self._reaches_output(dependent, distance - 1) for dependent in self._dependents.get(node_id, []))
