"""From a graph as somebody hands it over to what a server would run of it. Pure.

Files are older or newer than the server, and hold what only their author's machine has: so inputs get the defaults that
the editor would give them, and what feeds no output is dropped, as ComfyUI drops it from a run.
"""

from collections.abc import Iterator, Mapping, Sequence

from bot.errors import Fault
from bot.workflows.graphs.graph import Graph, Node, link_source, node_title, upstream
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.widgets import Widget, widgets_of
from bot.workflows.imports.editor_widgets import wrapped
from bot.workflows.safety.foreign_paths import in_another_folder, names_place, texts_in

_OTHERS = (" [output]", " [temp]", " [input]")


def runnable(graph: Mapping[str, Node], info: ObjectInfo) -> tuple[dict[str, Node], tuple[Fault, ...]]:
    """The part of a graph that this server would run, complete, and which of its outputs it would leave out, in words.

    Where nothing could be run, everything stays as it is, to be named. Takes CPU time.
    """
    filled = {node_id: _filled(node, info) for node_id, node in graph.items()}
    ends = ends_of(filled, info)
    whole = [one for one in ends if not lacking(filled, upstream(filled, [one]), info)]
    kept = upstream(filled, whole or ends) if ends else frozenset(filled)
    dropped = [
        Fault("“{title}”, which has nothing to save or show", title=node_title(filled, one))
        for one in ends
        if one not in kept
    ]
    return {node_id: node for node_id, node in filled.items() if node_id in kept}, tuple(dict.fromkeys(dropped))


def ends_of(graph: Graph, info: ObjectInfo) -> list[str]:
    """The nodes that a run begins at, and those of unknown classes that may be such nodes."""
    fed = {source for node in graph.values() for value in node["inputs"].values() if (source := link_source(value))}
    return [
        node_id
        for node_id, node in graph.items()
        if info.makes_output(node["class_type"])
        or (
            node_id not in fed and not info.knows(node["class_type"]) and any(map(link_source, node["inputs"].values()))
        )
    ]


def lacking(graph: Graph, among: frozenset[str], info: ObjectInfo) -> tuple[tuple[str, str], ...]:
    """Nodes and their inputs to which nothing is connected, though they cannot do without."""
    return tuple(
        (node_id, input_name)
        for node_id, node in graph.items()
        if node_id in among
        for input_name in info.required(node["class_type"])
        if input_name not in node["inputs"]
    )


def _filled(node: Node, info: ObjectInfo) -> Node:
    """A node with a value for each of its widgets, and without those that mean a file of its author's machine."""
    shows = info.makes_output(node["class_type"])
    inputs = dict(node["inputs"])
    for widget in _needed(widgets_of(info, node["class_type"]), inputs):
        value = inputs.get(widget.name)
        if link_source(value) is not None:
            continue
        if isinstance(value, dict) and widget.offered and isinstance(value.get("content"), str):
            # A name, as `choice_text` reads it: members choose another by its name, and servers get their own object.
            inputs[widget.name] = value["content"]
        elif value is None or (widget.own and shows and _is_stale(value)):
            inputs[widget.name] = wrapped(widget.default)
        elif widget.upload and isinstance(value, str) and in_another_folder(value):
            # Such a file lies among the results of its author's runs: a drawn mask is drawn again, an image given.
            inputs[widget.name] = _bare(value) if widget.offered is not None else widget.default
    filled = node.copy()
    filled["inputs"] = {name: value for name, value in inputs.items() if value is not None}
    return filled


def _needed(widgets: Sequence[Widget], inputs: Mapping[str, object]) -> Iterator[Widget]:
    """The required widgets, those that a choice brings along too, and others that hold a value."""
    for widget in widgets:
        if widget.required or widget.name in inputs:
            yield widget
            yield from _needed(widget.inner(inputs.get(widget.name, widget.default)), inputs)


def _is_stale(value: object) -> bool:
    """Whether an output's own view remembers where it found what it showed last."""
    return any(names_place(text) for text in texts_in(value))


def _bare(name: str) -> str:
    return next((name.removesuffix(one) for one in _OTHERS if name.endswith(one)), name)
