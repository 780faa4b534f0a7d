"""What a file carries from ComfyUI: the graph that ran (`prompt`), the drawing that it came from (`workflow`). Pure.

Usually they are the same. Where they differ, somebody has changed one of them since, and the drawing is what its author
opens and means.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import Fault, PackError
from bot.workflows.graphs.graph import Graph, Node, link_source
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.imports.bounded_json import dumped, parsed_object
from bot.workflows.imports.editor_format import import_graph

_WRAPPED: Final = ("comment", "usercomment", "description", "imagedescription", "parameters")
"""Texts that some nodes write both forms into, as one object."""
OTHER: Final = Fault(
    "the graph that last ran; it differs from the workflow drawn in this file, and I use the drawn one"
)
"""Said as `not_carried_over` says what it found."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Both as JSON; "" where there is none."""

    ran: str = ""
    drawn: str = ""

    def __bool__(self) -> bool:
        return bool(self.ran or self.drawn)


def carried_in(texts: Mapping[str, str]) -> Carried:
    """What the texts of a file hold, by their keywords."""
    named = {keyword.casefold(): text for keyword, text in texts.items()}
    found = Carried(_workflow(named.get("prompt", "")), _workflow(named.get("workflow", "")))
    for keyword in _WRAPPED:
        if not found and (text := named.get(keyword)):
            found = _unwrapped(text)
    return found


def carried_by_text(text: str) -> Carried:
    """The same of a file that is JSON itself: one of the two forms, or both in one object."""
    raw = parsed_object(text)
    if raw is None or "nodes" in raw or _nodes(raw):
        return Carried(ran=text)
    return _wrapped(raw) or Carried(ran=text)


def _wrapped(raw: Mapping[str, Any]) -> Carried:
    """What is sent to a server (ComfyUI, or RunPod in `input`), what the editor makes of a drawing (`output`), or an
    entry of the history under its id.
    """
    inner = raw.get("input")
    if inner is None and len(raw) == 1:
        (inner,) = raw.values()
    for one in (raw, inner):
        if isinstance(one, dict) and (found := _both(one)):
            return found
    return Carried()


def _both(raw: Mapping[str, Any]) -> Carried:
    ran = raw.get("prompt", raw.get("output"))
    match ran:
        case [_, _, dict() as graph, dict() as extra, *_]:
            info = extra.get("extra_pnginfo")
            return Carried(_nested(graph), _nested(info.get("workflow") if isinstance(info, dict) else None))
    return Carried(_nested(ran), _nested(raw.get("workflow")))


def _nodes(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: node for key, node in raw.items() if isinstance(node, dict) and "class_type" in node}


def _workflow(text: str) -> str:
    """Other programs keep a prompt in words under the same name."""
    return text if text[:64].lstrip().startswith("{") else ""


def _unwrapped(text: str) -> Carried:
    raw = parsed_object(text)
    if raw is None:
        return Carried()
    nodes = _nodes(raw)
    if nodes:
        # Civitai's generator: the graph, with its own facts beside the nodes.
        return Carried(ran=dumped(nodes))
    return _both(raw)


def _nested(value: Any) -> str:  # noqa: ANN401 - a stranger's JSON
    if isinstance(value, dict):
        return dumped(value)
    return _workflow(value) if isinstance(value, str) else ""


def candidates(name: str, carried: Carried, info: ObjectInfo) -> list[tuple[dict[str, Node], str, tuple[Fault, ...]]]:
    """Graphs to use, the best first, each with the text that it is from and what to say about it. Raises
    `PackError` where nothing can be read: what is wrong with the one that ran.
    """
    drawn = _tried(name, carried.drawn, info)
    ran = _tried(name, carried.ran, info)
    graphs: list[tuple[dict[str, Node], str, tuple[Fault, ...]]] = []
    if ran is not None:
        graphs.append((ran, carried.ran, ()))
    if drawn is not None and ran is not None and not _same(ran, drawn, info):
        graphs.insert(0, (drawn, carried.drawn, (OTHER,)))
    elif drawn is not None:
        # It has what newer servers ask for and older ones did not.
        graphs.append((drawn, carried.drawn, ()))
    if not graphs:
        text = carried.ran or carried.drawn
        graphs.append((import_graph(name, text, info), text, ()))
    return graphs


def _tried(name: str, text: str, info: ObjectInfo) -> dict[str, Node] | None:
    try:
        return import_graph(name, text, info) if text else None
    except PackError:
        return None


def _same(ran: Graph, drawn: Graph, info: ObjectInfo) -> bool:
    """Whether both make the same, whatever their nodes are called. Only what leads to an output counts, and of plain
    values only what both say: a missing one is the node's own default.
    """
    shared: dict[str, set[str]] = {}
    for graph in (ran, drawn):
        for node in graph.values():
            kind = node["class_type"]
            names = {name for name in node["inputs"] if info.input(kind, name) is not None}
            shared[kind] = shared[kind] & names if kind in shared else names
    return _outputs(ran, info, shared) == _outputs(drawn, info, shared)


def _outputs(graph: Graph, info: ObjectInfo, shared: Mapping[str, set[str]]) -> list[int]:
    """A number for each output with everything behind it."""
    ends = [node_id for node_id, node in graph.items() if info.makes_output(node["class_type"])]
    numbers: dict[str, int] = {}
    waiting = list(ends)
    while waiting:
        node_id = waiting[-1]
        missing = [one for one in _sources(graph[node_id]) if one in graph and one not in numbers]
        if missing:
            waiting += missing
        else:
            waiting.pop()
            numbers[node_id] = _number(graph[node_id], shared[graph[node_id]["class_type"]], numbers)
    return sorted(numbers[one] for one in ends)


def _sources(node: Node) -> Iterator[str]:
    return (source for value in node["inputs"].values() if (source := link_source(value)) is not None)


def _number(node: Node, shared: set[str], numbers: Mapping[str, int]) -> int:
    inputs: list[tuple[str, object]] = []
    for name, value in sorted(node["inputs"].items()):
        if (source := link_source(value)) is not None:
            inputs.append((name, (numbers.get(source), dumped(value).rpartition(",")[2])))
        elif name in shared:
            # Numbers are the same whether a point is in them or not.
            inputs.append((name, value if isinstance(value, str | int | float) else dumped(value)))
    return hash((node["class_type"], tuple(inputs)))
