"""The cache of finished nodes: known by their inputs all the way up, and kept for one graph only."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.comfyui_server.validation import Graph, is_link


@dataclass(frozen=True, slots=True)
class Cached:
    outputs: tuple[Any, ...]
    ui: dict[str, Any] | None


class Cache:
    """Fragile on purpose: whatever the next graph does not have is forgotten when it starts."""

    def __init__(self, fingerprint: Callable[[dict[str, Any]], str | None]) -> None:
        self._fingerprint: Final = fingerprint
        self._signatures: dict[str, str] = {}
        self._entries: dict[str, Cached] = {}

    def begin(self, graph: Graph) -> list[str]:
        """The node_ids of `graph` that need not run, in the graph's order."""
        self._signatures = {}
        for node_id in graph:
            self._sign(graph, node_id)
        kept = set(self._signatures.values())
        self._entries = {key: entry for key, entry in self._entries.items() if key in kept}
        return [node_id for node_id in graph if self.get(node_id) is not None]

    def get(self, node_id: str) -> Cached | None:
        return self._entries.get(self._signatures[node_id])

    def put(self, node_id: str, entry: Cached) -> None:
        self._entries[self._signatures[node_id]] = entry

    def clear(self) -> None:
        self._entries.clear()

    def _sign(self, graph: Graph, node_id: str) -> str:
        if node_id not in graph:
            # A half-invalid graph is queued with its dangling links; what hangs on one never runs.
            return "missing"
        if node_id not in self._signatures:
            node = graph[node_id]
            inputs = [
                [name, ["link", self._sign(graph, value[0]), value[1]] if is_link(value) else value]
                for name, value in sorted(node["inputs"].items())
            ]
            text = json.dumps([node["class_type"], self._fingerprint(node), inputs])
            self._signatures[node_id] = hashlib.sha256(text.encode()).hexdigest()
        return self._signatures[node_id]
