"""A workflow as somebody hands it over -> an API-format graph: the editor's own format is converted. Pure.

What the editor saves by default is a drawing: subgraphs, bypassed and muted nodes, reroutes and primitives are resolved
with the help of a server's `/object_info`. What comes out is checked like any other graph.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from autograph.convert import get_widget_input_names, workflow_to_api_format_with_errors

from bot.errors import PackError
from bot.workflows.graphs.graph import MOST_NODES, Node, link_source, node_title, read_graph, shortened, upstream
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.imports.editor_widgets import uncarried

MOST_JSON: Final = 2 * 1024 * 1024
"""Bytes of a workflow file: a drawing says more than its graph."""
_MOST_LEVELS: Final = 20
_TOO_MANY: Final = f"the workflow has more than {MOST_NODES} nodes, or its subgraphs are nested too deeply"
_MUTED, _BYPASSED = 2, 4
_DRAWN_ONLY: Final = frozenset({"Note", "MarkdownNote", "Reroute", "PrimitiveNode"})
"""Nodes that the editor itself resolves and no server knows."""
_FILE: Final = re.compile(r"\S.*\.[A-Za-z0-9]{2,12}")
"""What a combo box may hold that the server does not list: a model or a picture that only its author has."""
_NOTHING: Final = "this is neither a ComfyUI workflow (JSON) nor an image that contains one"
_MOST_LINKS: Final = 20_000
_MOST_SETTINGS: Final = 20_000
"""Values of widgets. The converter goes through all links, and through a node's values, again and again."""
_LONGEST_LOST: Final = 200
_EXPORT: Final = "open it in ComfyUI and upload the file that Workflow > Export (API) saves"


def import_graph(name: str, content: str | bytes, info: ObjectInfo) -> dict[str, Node]:
    """The graph in a file that holds either format, cleaned of all but classes, inputs and titles.

    Raises `PackError` with every fault. Takes CPU time: call it in a thread.
    """
    if len(content) > MOST_JSON:
        raise PackError(name, (f"the workflow file is larger than {MOST_JSON // 2**20} MB",))
    raw = _parsed(name, content)
    if isinstance(raw, dict) and isinstance(raw.get("nodes"), list):
        raw = _converted(name, raw, info)
    try:
        text = json.dumps(raw, ensure_ascii=False)
    except RecursionError:
        raise PackError(name, (_NOTHING,)) from None
    return read_graph(name, text)


def not_carried_over(content: str | bytes, info: ObjectInfo) -> tuple[str, ...]:
    """What `import_graph` had to leave out of a file that it has read, a phrase for each node. Takes CPU time."""
    raw = _parsed("", content)
    if not isinstance(raw, dict) or not isinstance(raw.get("nodes"), list):
        return ()
    known = info.parsed()
    found = (
        uncarried(
            node, str(node.get("title") or info.display_name(str(node.get("type"))) or node.get("type")), info, known
        )
        for node in _all_nodes(raw)
        if node.get("mode") not in {_MUTED, _BYPASSED}
    )
    return tuple(dict.fromkeys(shortened(one, _LONGEST_LOST) for one in found if one is not None))


def workflow_in(chunks: Mapping[str, str]) -> str | None:
    """The workflow that a ComfyUI picture carries: what ran, else what was drawn."""
    return chunks.get("prompt") or chunks.get("workflow")


def unfit(graph: Mapping[str, Node], info: ObjectInfo) -> tuple[str, ...]:
    """Why a server that knows all classes of this graph would refuse it: no output, or inputs that are missing."""
    outputs = [node_id for node_id, node in graph.items() if info.makes_output(node["class_type"])]
    if not outputs:
        return ("nothing in this workflow saves or shows a result: add a Save Image node",)
    live = upstream(graph, outputs)
    return tuple(
        f"“{node_title(graph, node_id)}” ({node['class_type']}): nothing is connected to {input_name}"
        for node_id, node in graph.items()
        if node_id in live
        for input_name in info.required(node["class_type"])
        if input_name not in node["inputs"]
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
        raise PackError(name, (f"this workflow cannot be converted ({type(fault).__name__}): {_EXPORT}",)) from fault


def _convert(name: str, drawing: dict[str, Any], info: ObjectInfo) -> dict[str, Any]:
    _check_size(name, drawing)
    known = info.parsed()
    prepared = _prepared(drawing, info, known)
    _list_files(prepared, known)
    result = workflow_to_api_format_with_errors(prepared, known, use_api=True, include_meta=True)
    faults = tuple(f"node {one.node_id or '?'}: {one.message}"[:200] for one in result.errors)
    unknown = dict.fromkeys(_unknown(prepared, result.warnings, info))
    faults += tuple(f"the ComfyUI server does not have the node {class_type}" for class_type in unknown)
    if not faults and not result.data:
        faults = ("the ComfyUI server has none of its nodes",)
    if faults:
        raise PackError(name, (*faults, f"if it works in your ComfyUI, {_EXPORT}"))
    return _without_loose_ends(result.data or {})


def _without_loose_ends(graph: dict[str, Any]) -> dict[str, Any]:
    """An input that was fed by a muted node, or holds nothing, is not connected, as in the editor."""
    for node in graph.values():
        node["inputs"] = {
            input_name: value
            for input_name, value in node["inputs"].items()
            if value is not None and ((source := link_source(value)) is None or source in graph)
        }
    return graph


def _unknown(drawing: Mapping[str, Any], warnings: list[Any], info: ObjectInfo) -> Iterator[str]:
    """Classes that were left out though they are connected to something: neither notes nor decoration."""
    found = {str((one.details or {}).get("class_type")) for one in warnings} - _DRAWN_ONLY
    for node in _all_nodes(drawing):
        if node.get("type") in found and not info.knows(str(node["type"])) and _is_wired(node):
            yield str(node["type"])


def _is_wired(node: Mapping[str, Any]) -> bool:
    ends = [*(node.get("inputs") or ()), *(node.get("outputs") or ())]
    return any(isinstance(end, dict) and (end.get("link") is not None or end.get("links")) for end in ends)


def _prepared(drawing: dict[str, Any], info: ObjectInfo, known: dict[str, Any]) -> dict[str, Any]:
    """Titles where the API format has them, and switched-off subgraphs closed, so that nothing in them runs."""
    prepared: dict[str, Any] = json.loads(json.dumps(drawing))
    prepared.pop("extra", None)
    subgraphs = {one["id"] for one in _subgraphs(prepared)}
    for node in _all_nodes(prepared):
        title = node.get("title") or info.display_name(str(node.get("type"))) or node.get("type")
        node["_meta"] = {"title": str(title)}
        if node.get("type") in subgraphs and node.get("mode") in {_MUTED, _BYPASSED}:
            node["type"] = f"switched off {node['type']}"
        if isinstance(values := node.get("widgets_values"), dict) and info.knows(str(node.get("type"))):
            names = get_widget_input_names(str(node["type"]), known, use_api=True)
            node["widgets_values"] = [values[name] for name in names if name in values]
    return prepared


def _list_files(drawing: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Let the combo boxes of the `known` node classes also list the files that nodes of theirs name here: the converter
    would drop what the server lacks, and nobody would learn which model is missing.
    """
    files: dict[str, dict[str, None]] = {}
    for node in _all_nodes(drawing):
        values = node.get("widgets_values")
        for one in values if isinstance(values, list) else ():
            if isinstance(one, str) and _FILE.fullmatch(one):
                files.setdefault(str(node.get("type")), {})[one] = None
    for kind in files.keys() & known.keys():
        for section in (known[kind].get("input") or {}).values():
            for spec in section.values() if isinstance(section, dict) else ():
                _also(spec, list(files[kind]))


def _also(spec: object, files: list[str]) -> None:
    match spec:
        case [list() as options, *_] | ["COMBO", {"options": list() as options}]:
            there = {one for one in options if isinstance(one, str)}
            options += [one for one in files if one not in there]


def _all_nodes(drawing: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in (drawing, *_subgraphs(drawing)):
        for node in part.get("nodes") or ():
            if isinstance(node, dict):
                yield node


def _subgraphs(drawing: Mapping[str, Any]) -> list[dict[str, Any]]:
    definitions = drawing.get("definitions")
    found = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict) and isinstance(one.get("id"), str)]


def _check_size(name: str, drawing: Mapping[str, Any]) -> None:
    """Refuse what would take long: the converter copies the whole drawing for every level of subgraphs, and ten that
    are nested in each other could be millions of nodes.
    """
    if sum(1 for _ in _all_nodes(drawing)) > MOST_NODES or _size(drawing) > MOST_NODES:
        raise PackError(name, (_TOO_MANY,))
    links = [part.get("links") for part in (drawing, *_subgraphs(drawing))]
    settings = [node.get("widgets_values") for node in _all_nodes(drawing)]
    if _together(links) > _MOST_LINKS or _together(settings) > _MOST_SETTINGS:
        raise PackError(name, (f"the workflow has more than {_MOST_LINKS} links or settings",))


def _together(parts: Iterable[object]) -> int:
    return sum(len(part) for part in parts if isinstance(part, list | dict))


def _size(drawing: Mapping[str, Any]) -> int:
    """How many nodes there are once every subgraph is taken apart. RecursionError: too deep, or one holds itself."""
    parts = {one["id"]: one for one in _subgraphs(drawing)}
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
