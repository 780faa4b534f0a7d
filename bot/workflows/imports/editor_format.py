"""A workflow as somebody hands it over -> an API-format graph: the editor's own format is converted. Pure.

What the editor saves by default is a drawing: subgraphs, bypassed and muted nodes, reroutes and primitives are resolved
with the help of a server's `/object_info`. What comes out is checked like any other graph.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.errors import Fault, PackError
from bot.workflows.graphs.graph import MOST_NODES, Node, link_source, node_title, read_graph, upstream
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.imports.editor_drawing import (
    Drawing,
    DrawnNode,
    Part,
    all_nodes,
    dicts,
    inputs_of,
    runs,
    subgraphs,
)
from bot.workflows.imports.editor_links import Held, Linked, follow, is_virtual
from bot.workflows.imports.editor_widgets import settings, uncarried, wrapped
from bot.workflows.imports.group_nodes import without_group_nodes
from bot.workflows.imports.runnable import lacking

MOST_JSON: Final = 2 * 1024 * 1024
"""Bytes of a workflow file: a drawing says more than its graph."""
_MOST_LEVELS: Final = 20
_TOO_MANY: Final = Fault(
    "the workflow has more than {most} nodes, or its subgraphs are nested too deeply", most=MOST_NODES
)
_DRAWN_ONLY: Final = frozenset({"Note", "MarkdownNote", "Reroute", "PrimitiveNode"})
"""Nodes that the editor itself resolves and no server knows."""
_NOTHING: Final = Fault("this is neither a ComfyUI workflow (JSON) nor an image that contains one")
_MOST_LINKS: Final = 20_000
_MOST_SETTINGS: Final = 20_000
"""Values of widgets. The converter goes through all links, and through a node's values, again and again."""
_PREFIX: Final = "filename_prefix"
_DATE: Final = re.compile(r"%date:([^%]+)%")
_DATE_PART: Final = re.compile(r"yyyy|yy|dd?|MM?|hh?|mm?|ss?")
"""Of a date in ComfyUI's editor (ComfyUI_frontend, `formatDate`)."""
_PARTS: Final = {
    "y": "%year%",
    "M": "%month%",
    "d": "%day%",
    "h": "%hour%",
    "m": "%minute%",
    "s": "%second%",
}
"""What ComfyUI's server replaces (folder_paths.py, `compute_vars`)."""
_EXPORT: Final = Fault("open it in ComfyUI and upload the file that Workflow > Export (API) saves")


def import_graph(name: str, content: str | bytes, info: ObjectInfo) -> dict[str, Node]:
    """The graph in a file that holds either format, cleaned of all but classes, inputs and titles.

    Raises `PackError` with every fault. Takes CPU time: call it in a thread.
    """
    if len(content) > MOST_JSON:
        raise PackError(name, (Fault("the workflow file is larger than {megabytes} MB", megabytes=MOST_JSON // 2**20),))
    raw = _parsed(name, content)
    if isinstance(raw, dict) and isinstance(raw.get("nodes"), list):
        raw = _converted(name, raw, info)
    try:
        text = json.dumps(raw, ensure_ascii=False)
    except RecursionError:
        raise PackError(name, (_NOTHING,)) from None
    return _dated(read_graph(name, text))


def _dated(graph: dict[str, Node]) -> dict[str, Node]:
    """`%date:yyyy-MM-dd%` in the name of a result as the server says it: only the editor replaces that, and on Windows
    no file may have a colon in its name.
    """
    for node in graph.values():
        prefix = node["inputs"].get(_PREFIX)
        if isinstance(prefix, str):
            node["inputs"][_PREFIX] = _DATE.sub(lambda one: _DATE_PART.sub(lambda p: _PARTS[p[0][0]], one[1]), prefix)
    return graph


def not_carried_over(content: str | bytes, info: ObjectInfo) -> tuple[Fault, ...]:
    """What `import_graph` had to leave out of a file that it has read, a phrase for each node. Takes CPU time."""
    raw = _parsed("", content)
    if not isinstance(raw, dict) or not isinstance(raw.get("nodes"), list):
        return ()
    found = (
        uncarried(node, _title(node, info), info)
        for node in all_nodes(raw)
        if runs(node) and isinstance(node.get("type"), str)
    )
    return tuple(dict.fromkeys(one for one in found if one is not None))


def unfit(graph: Mapping[str, Node], info: ObjectInfo) -> tuple[Fault, ...]:
    """Why a server that knows all classes of this graph would refuse it: no output, or inputs that are missing."""
    outputs = [node_id for node_id, node in graph.items() if info.makes_output(node["class_type"])]
    if not outputs:
        return (Fault("nothing in this workflow saves or shows a result: add a Save Image node"),)
    return tuple(
        Fault(
            "“{title}” ({class_type}): nothing is connected to {input}",
            title=node_title(graph, node_id),
            class_type=graph[node_id]["class_type"],
            input=input_name,
        )
        for node_id, input_name in lacking(graph, upstream(graph, outputs), info)
    )


def _parsed(name: str, content: str | bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise PackError(name, (_NOTHING,)) from None


def _converted(name: str, drawing: dict[str, Any], info: ObjectInfo) -> dict[str, Any]:
    """The editor's own format as API format, or `PackError` with the reason and the way round it."""
    try:
        return _convert(name, drawing, info)
    except PackError:
        raise
    except RecursionError:
        raise PackError(name, (_TOO_MANY,)) from None
    except Exception as fault:
        # Whatever a stranger's file does to the converter is the file's fault.
        kind = type(fault).__name__
        broken = Fault("this workflow cannot be converted ({reason}): {advice}", reason=kind, advice=_EXPORT)
        raise PackError(name, (broken,)) from fault


def _convert(name: str, raw: dict[str, Any], info: ObjectInfo) -> dict[str, Any]:
    _check_size(name, raw)
    ungrouped = without_group_nodes(raw, info)
    if ungrouped is not raw:
        _check_size(name, ungrouped)
    drawing = Drawing(ungrouped)
    nodes = {
        f"{part.prefix}{node.get('id')}": (part, node)
        for part in drawing.parts()
        for node in part.running()
        if part.inside(node) is None
    }
    graph = {
        node_id: _node(part, node, info)
        for node_id, (part, node) in nodes.items()
        if info.knows(node["type"]) or (_is_wired(node) and node["type"] not in _DRAWN_ONLY)
    }
    faults = [Fault("the ComfyUI server does not have the node {node}", node=one) for one in _unknown(graph, info)]
    if not faults and not graph:
        faults = [Fault("the ComfyUI server has none of its nodes")]
    if faults:
        raise PackError(name, (*faults, Fault("if it works in your ComfyUI, {advice}", advice=_EXPORT)))
    return _without_loose_ends(graph)


def _node(part: Part, node: DrawnNode, info: ObjectInfo) -> dict[str, Any]:
    """A drawn node as the API format has it: what its widgets hold, and above that what is linked to it."""
    inputs = dict(settings(node, info).values)
    for slot, entry in enumerate(part.drawn(node)):
        found = follow(part, node, slot, info) if isinstance(entry.get("name"), str) else None
        if isinstance(found, Linked):
            inputs[entry["name"]] = [found.node_id, found.output]
        elif isinstance(found, Held) and found.value is not None:
            inputs[entry["name"]] = wrapped(found.value)
    return {"class_type": node["type"], "inputs": inputs, "_meta": {"title": _title(node, info)}}


def _title(node: DrawnNode, info: ObjectInfo) -> str:
    return str(node.get("title") or info.display_name(node["type"]) or node["type"])


def _without_loose_ends(graph: dict[str, Any]) -> dict[str, Any]:
    """An input that was fed by a node that is not there is not connected, as in the editor."""
    for node in graph.values():
        node["inputs"] = {
            input_name: value
            for input_name, value in node["inputs"].items()
            if (source := link_source(value)) is None or source in graph
        }
    return graph


def _unknown(graph: dict[str, Any], info: ObjectInfo) -> Iterable[str]:
    """Classes that the server lacks, of nodes that feed an output or may be one."""
    fed = {link_source(value) for node in graph.values() for value in node["inputs"].values()}
    ends = [
        node_id
        for node_id, node in graph.items()
        if info.makes_output(node["class_type"]) or (node_id not in fed and not info.knows(node["class_type"]))
    ]
    live = upstream(graph, ends)
    return dict.fromkeys(
        graph[one]["class_type"] for one in graph if one in live and not info.knows(graph[one]["class_type"])
    )


def _is_wired(node: DrawnNode) -> bool:
    ends = [*inputs_of(node), *dicts(node.get("outputs"))]
    return not is_virtual(node["type"]) and any(end.get("link") is not None or end.get("links") for end in ends)


def _check_size(name: str, drawing: Mapping[str, Any]) -> None:
    """Refuse what would take long: the converter copies the whole drawing for every level of subgraphs, and ten that
    are nested in each other could be millions of nodes.
    """
    if sum(1 for _ in all_nodes(drawing)) > MOST_NODES or _size(drawing) > MOST_NODES:
        raise PackError(name, (_TOO_MANY,))
    links = [part.get("links") for part in (drawing, *subgraphs(drawing))]
    settings = [node.get("widgets_values") for node in all_nodes(drawing)]
    ends = [part.get("inputs") for part in (*all_nodes(drawing), *subgraphs(drawing))]
    if _together(links) > _MOST_LINKS or _together(ends) > _MOST_LINKS or _together(settings) > _MOST_SETTINGS:
        raise PackError(name, (Fault("the workflow has more than {most} links or settings", most=_MOST_LINKS),))


def _together(parts: Iterable[object]) -> int:
    return sum(len(part) for part in parts if isinstance(part, list | dict))


def _size(drawing: Mapping[str, Any]) -> int:
    """How many nodes there are once every subgraph is taken apart. RecursionError: too deep, or one holds itself."""
    parts = {one["id"]: one for one in subgraphs(drawing)}
    known: dict[str, tuple[int, int]] = {}

    def size(part: Mapping[str, Any]) -> tuple[int, int]:
        total, levels = 0, 0
        for node in part.get("nodes") or ():
            kind = node.get("type") if isinstance(node, dict) else None
            if isinstance(kind, str) and kind in parts:
                if kind not in known:
                    known[kind] = size(parts[kind])
                total += known[kind][0]
                levels = max(levels, known[kind][1] + 1)
            total += 1
        if levels > _MOST_LEVELS:
            raise RecursionError
        return total, levels

    return size(drawing)[0]
