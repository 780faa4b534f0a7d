"""ComfyUI's own workflow templates, as its editor opens them, held against what a ComfyUI 0.33.0 knows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.discord_ui.workflows.upload import examine
from bot.errors import PackError
from bot.workflows import Graph, ObjectInfo, Parameter
from bot.workflows.graphs.graph import Node, link_source
from bot.workflows.imports.editor_drawing import all_nodes, subgraphs
from bot.workflows.manifests.manifest_form import compose, proposed, read_pack
from tests.workflows.known import known

_EDITORS_OWN = frozenset({"Note", "MarkdownNote", "Reroute", "PrimitiveNode"})


@dataclass(frozen=True)
class Read:
    """What became of one template: a graph with its options, or the reasons against it."""

    name: str
    graph: Mapping[str, Node]
    parameters: Mapping[str, Parameter]
    faults: tuple[str, ...]


def templates() -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    """Name, file and content of every template that is a workflow; beside them lie indices."""
    folder = files("comfyui_workflow_templates_json") / "templates"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".json"):
            content = file.read_bytes()
            raw = json.loads(content)
            if isinstance(raw, dict) and "nodes" in raw:
                yield file.name.removesuffix(".json"), content, raw


def unknown_classes(raw: Mapping[str, Any]) -> frozenset[str]:
    """The node classes of a drawing that the server lacks."""
    own = {one["id"] for one in subgraphs(raw)} | _EDITORS_OWN
    classes = {str(node.get("type")) for node in all_nodes(raw)} - own
    return frozenset(one for one in classes if not known().knows(one))


@cache
def read_all() -> tuple[Read, ...]:
    """Every template of which the server knows all nodes."""
    return tuple(_read(name, content) for name, content, raw in templates() if not unknown_classes(raw))


def _read(name: str, content: bytes) -> Read:
    try:
        graph, _ = examine(name, content, [known()], ())
        pack = read_pack(name, graph, compose(proposed(name, graph, [known()])))
    except PackError as fault:
        return Read(name, {}, {}, fault.faults)
    return Read(name, pack.graph, pack.parameters, ())


def reached(graph: Graph, info: ObjectInfo, offered: frozenset[str]) -> frozenset[str]:
    """The nodes that a run needs: what feeds its outputs, but of a switch only the side that it stands on, unless
    members may turn it. `offered` are the nodes that options set.
    """
    waiting = [one for one, node in graph.items() if info.makes_output(node["class_type"])]
    seen: set[str] = set()
    while waiting:
        node_id = waiting.pop()
        if node_id not in seen:
            seen.add(node_id)
            left_out = _off(graph, node_id, offered)
            inputs = graph[node_id]["inputs"].items()
            waiting += [source for name, value in inputs if name != left_out and (source := link_source(value))]
    return frozenset(seen)


def _off(graph: Graph, node_id: str, offered: frozenset[str]) -> str | None:
    """The side of a switch that is off for good."""
    inputs = graph[node_id]["inputs"]
    value, holder = inputs.get("switch"), node_id
    while (source := link_source(value)) is not None and len(graph[source]["inputs"]) == 1:
        holder, (value,) = source, graph[source]["inputs"].values()
    if not {"on_true", "on_false"} & inputs.keys() or not isinstance(value, bool) or holder in offered:
        return None
    return "on_false" if value else "on_true"
