"""What else of a graph people expect to set: what its author put into nodes of their own, and a few inputs that matter
for music, videos, sizes and LoRAs. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from bot.workflows.graphs.graph import Graph, link_source
from bot.workflows.graphs.object_info import InputSpec, ObjectInfo
from bot.workflows.graphs.parameters import Target
from bot.workflows.graphs.reroutes import Wired, settable
from bot.workflows.tracing.active_nodes import active_nodes
from bot.workflows.tracing.author_titles import given_name, legal_name

_NUMBERS: Final = (int, float)
_BY_INPUT: Final[Mapping[str, tuple[tuple[str, ...], tuple[type, ...]]]] = {
    "lyrics": (("lyrics",), (str,)),
    "duration": (
        ("duration", "seconds", "max_duration", "seconds_total", "duration_seconds", "audio_duration"),
        _NUMBERS,
    ),
    "bpm": (("bpm",), (int,)),
    "language": (("language",), (str,)),
    "key": (("keyscale",), (str,)),
    "time_signature": (("timesignature",), (str,)),
    "guidance": (("guidance",), _NUMBERS),
    "scale_by": (("scale_by", "upscale_by", "resize_type.multiplier"), _NUMBERS),
    "megapixels": (("megapixels", "resize_type.megapixels"), _NUMBERS),
}
"""Parameters by the inputs that hold them, wherever those are."""
_RATIO: Final = re.compile(r"\d+(\.\d+)?\s*[:x×]\s*\d+.*")
_HOLDERS: Final = frozenset({"INT", "FLOAT", "BOOLEAN", "STRING", "*"})
_HELD: Final = ("value", "int", "float", "number", "boolean", "bool", "string", "text")
_SAYS_NOTHING: Final = re.compile(r"(values\.)?[a-z]|value|switch|any|input|source|on_true|on_false|string.*|text.*")
_NOT_OFFERED: Final = re.compile(r"system|template|trigger|instruct|json|regex|delimiter|filename|prefix|find$|split")


def further_settings(
    graph: Wired, active: frozenset[str], info: ObjectInfo | None, uploads: frozenset[Target]
) -> Iterator[tuple[str, tuple[Target, ...]]]:
    """Names and targets, those first that matter most. `uploads`: the files that are asked for."""
    yield from _proportions(graph, active, info)
    for name, (inputs, kinds) in _BY_INPUT.items():
        if targets := _held_in(graph, active, inputs, kinds):
            yield name, targets
    yield from _controls(graph, active)
    for node_id in graph:
        if node_id in active and (target := _holder(graph, node_id, info)) is not None:
            name = given_name(graph, node_id, info) or _after_consumer(graph, active, node_id, info)
            switch = isinstance(graph[node_id]["inputs"][target.input_name], bool)
            if name and not _NOT_OFFERED.search(name) and not (switch and _asks_more(graph, node_id, info, uploads)):
                yield name, (target,)


def _proportions(
    graph: Wired, active: frozenset[str], info: ObjectInfo | None
) -> Iterator[tuple[str, tuple[Target, ...]]]:
    """Lists of aspect ratios or sizes to choose from."""
    for node_id in graph if info is not None else ():
        for name, value in graph[node_id]["inputs"].items() if node_id in active else ():
            spec = None if info is None else info.input(graph[node_id]["class_type"], name)
            if isinstance(value, str) and spec is not None and _lists_ratios(spec):
                yield "aspect_ratio", (Target(node_id, name),)


def _lists_ratios(spec: InputSpec) -> bool:
    choices = spec.choices or ()
    return 2 * sum(1 for one in choices if _RATIO.fullmatch(one.strip())) > len(choices) > 1


def _held_in(
    graph: Wired, active: frozenset[str], inputs: tuple[str, ...], kinds: tuple[type, ...]
) -> tuple[Target, ...]:
    found = (
        settable(graph, node_id, name, kinds)
        for node_id in graph
        if node_id in active
        for name in inputs
        if name in graph[node_id]["inputs"]
    )
    return tuple(dict.fromkeys(target for target in found if target is not None))


def _controls(graph: Wired, active: frozenset[str]) -> Iterator[tuple[str, tuple[Target, ...]]]:
    """How strongly a ControlNet, or a patch that works as one, holds the image."""
    for node_id in graph:
        inputs = graph[node_id]["inputs"]
        controls = any(link_source(inputs.get(one)) for one in ("control_net", "model_patch"))
        if node_id not in active or not controls or "strength" not in inputs:
            continue
        if (target := settable(graph, node_id, "strength", _NUMBERS)) is not None:
            yield "control_strength", (target,)


def _holder(graph: Graph, node_id: str, info: ObjectInfo | None) -> Target | None:
    """The only input of a node that does nothing but hold a value for others."""
    inputs, class_type = graph[node_id]["inputs"], graph[node_id]["class_type"]
    if len(inputs) != 1:
        return None
    (name,) = inputs
    if name not in _HELD or not isinstance(inputs[name], str | int | float):
        return None
    if info is not None and info.knows(class_type):
        outputs = info.outputs(class_type)
        return Target(node_id, name) if outputs and _HOLDERS.issuperset(outputs) else None
    holds = any(word in class_type.casefold() for word in ("primitive", "constant"))
    return Target(node_id, name) if holds else None


def _after_consumer(graph: Graph, active: frozenset[str], node_id: str, info: ObjectInfo | None) -> str:
    """A name after the only kind of input that a value goes to, else after the title of what it goes to."""
    uses = [
        (one, name)
        for one in graph
        if one in active
        for name, value in graph[one]["inputs"].items()
        if link_source(value) == node_id
    ]
    names = {legal_name(name.rpartition(".")[2]) for _, name in uses if not _SAYS_NOTHING.fullmatch(name)}
    if len(names) == 1:
        return names.pop()
    titles = {given_name(graph, one, info) for one, _ in uses}
    return titles.pop() if len(titles) == 1 else ""


def _asks_more(graph: Graph, node_id: str, info: ObjectInfo | None, uploads: frozenset[Target]) -> bool:
    """Whether the other side of a switch needs files that nobody is asked for, or nothing depends on it."""
    now, then = active_nodes(graph, info), active_nodes(graph, info, turned=node_id)
    if now == then:
        return False
    files = {
        one
        for one in then - now
        for name, value in graph[one]["inputs"].items()
        if isinstance(value, str)
        and info is not None
        and (spec := info.input(graph[one]["class_type"], name)) is not None
        and spec.file_kind is not None
        and Target(one, name) not in uploads
    }
    return bool(files)
