"""What an input of a node is for, as a server's `/object_info` has it: what it may be given follows from that. Pure.

The name of an input says nothing: one custom node reads a file from `text`, another writes its words to `path`.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final, Literal

from bot.workflows.graphs.graph import Graph, link_source
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import Target

InputKind = Literal["upload", "choice", "prompt", "words", "text"]
"""upload: the name of a file in the input folder. choice: one of a list. prompt: what people write, in any form. words:
a short text that ComfyUI's own nodes only pass on. text: anything else, which may be read as the name of a file.
"""

_ANY: Final = "*"
_PASSED_ON: Final = frozenset({"STRING", _ANY, "INT", "FLOAT", "BOOLEAN"})
"""The output types of nodes that only turn texts into texts."""


def kind_of_input(info: ObjectInfo, class_type: str, input_name: str) -> InputKind:
    """What this input is for; where a server does not say, it is a `text`."""
    spec = info.input(class_type, input_name)
    if spec is None:
        return "text"
    if spec.upload:
        return "upload"
    if spec.choices is not None:
        return "choice"
    if spec.type != "STRING":
        return "words" if info.is_core(class_type) and _only_passes_on(spec.type) else "text"
    outputs = info.outputs(class_type)
    if "CONDITIONING" in outputs or spec.dynamic_prompts:
        return "prompt"
    passes_on = bool(outputs) and _PASSED_ON.issuperset(outputs)
    if spec.multiline and (passes_on or info.is_core(class_type)):
        return "prompt"
    return "words" if passes_on and info.is_core(class_type) else "text"


def _only_passes_on(kind: str) -> bool:
    """Whether an input of this type takes whatever comes: ComfyUI's own nodes hand it on, or show it."""
    return is_any(kind) or _PASSED_ON.issuperset(kind.split(","))


def is_any(kind: str) -> bool:
    """Whether this type accepts every other one: what goes in or comes out may be a text."""
    return kind == _ANY or kind.startswith("COMFY_MATCHTYPE")


def names_a_file(info: ObjectInfo, class_type: str, input_name: str) -> bool:
    """Whether this input takes the name of a file: one to upload, or one of a list of files."""
    spec = info.input(class_type, input_name)
    if spec is None or spec.choices is None:
        return spec is not None and spec.upload
    return spec.upload or not spec.choices or any(_has_ending(one) for one in spec.choices)


def feeding_files(graph: Graph, info: ObjectInfo) -> frozenset[str]:
    """The nodes whose text ends, directly or through others, in an input that may read it as the name of a file."""
    waiting = deque(
        source
        for node_id, node in graph.items()
        for input_name, source in _text_links(graph, node_id, info)
        if kind_of_input(info, node["class_type"], input_name) in {"upload", "choice", "text"}
    )
    found: set[str] = set()
    while waiting:
        node_id = waiting.popleft()
        if node_id not in found:
            found.add(node_id)
            waiting += [source for _, source in _text_links(graph, node_id, info)]
    return frozenset(found)


def files_from_nodes(graph: Graph, info: ObjectInfo) -> Iterator[Target]:
    """Inputs that name a file and get the name from a node that makes texts."""
    for node_id, node in graph.items():
        for input_name, _ in _text_links(graph, node_id, info):
            if names_a_file(info, node["class_type"], input_name):
                yield Target(node_id, input_name)


def _text_links(graph: Graph, node_id: str, info: ObjectInfo) -> Iterator[tuple[str, str]]:
    """The inputs of a node that are fed with a text, or with what may be one, and the nodes that feed them."""
    for input_name, value in graph[node_id]["inputs"].items():
        source = link_source(value)
        if source is None or source not in graph or not isinstance(value, list):
            continue
        outputs = info.outputs(graph[source]["class_type"])
        kind = outputs[value[1]] if 0 <= value[1] < len(outputs) else _ANY
        if kind == "STRING" or is_any(kind):
            yield input_name, source


def _has_ending(name: str) -> bool:
    _, dot, ending = name.rpartition(".")
    return bool(dot) and ending.isalnum() and not ending.isdecimal() and len(ending) <= 12  # noqa: PLR2004
