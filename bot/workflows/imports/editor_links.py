"""Where an input of a drawn node really gets its value from: past reroutes, primitives, what is bypassed or muted, Set
and Get nodes, and through the walls of subgraphs. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.imports.editor_drawing import BYPASSED, MUTED, DrawnNode, Part, dicts, inputs_of, is_socket
from bot.workflows.imports.editor_widgets import settings

_MOST_STEPS: Final = 2000
"""Along one link; a made-up file could lead it in circles."""
_ANYTHING: Final = frozenset({"", "*", "0", "-1"})
"""Types that every other one fits."""


@dataclass(frozen=True, slots=True)
class Linked:
    """An output of a node that runs."""

    node_id: str
    output: int


@dataclass(frozen=True, slots=True)
class Held:
    """A value that somebody set in a primitive or in a subgraph's own widget."""

    value: object


Found = Linked | Held | None
_Input = tuple[Part, DrawnNode, int, str]
_Output = tuple[Part, DrawnNode, int, str]


def follow(part: Part, node: DrawnNode, slot: int, info: ObjectInfo) -> Found:
    """What feeds this input; None where nothing does."""
    entry = inputs_of(node)[slot]
    step: _Step = (part, node, slot, str(entry.get("type", "*")), True)
    for _ in range(_MOST_STEPS):
        found = _into(step, info) if step[4] else _out_of(step, info)
        if found is None or isinstance(found, Linked | Held):
            return found
        step = found
    return None


_Step = tuple[Part, DrawnNode, int, str, bool]
"""A part, a node in it, the number of an input (true) or an output (false), and the type that is looked for."""


def _into(step: _Step, info: ObjectInfo) -> _Step | Found:
    """Behind an input: the output that its link comes from, or what a subgraph's own widget holds."""
    part, node, slot, wanted, _ = step
    inputs = inputs_of(node)
    link = part.links.get(str(inputs[slot].get("link"))) if slot < len(inputs) else None
    return None if link is None else _behind(part, link, wanted, info)


def _behind(part: Part, link: tuple[str, int, str, int], wanted: str, info: ObjectInfo) -> _Step | Found:
    origin, output = link[:2]
    if part.parent is not None and part.instance is not None and origin == part.ends[0]:
        return _through_wall(part, part.parent, part.instance, output, wanted) or _held_inside(part, output, info)
    source = part.nodes.get(origin)
    return None if source is None else (part, source, output, wanted, False)


def _through_wall(part: Part, parent: Part, instance: DrawnNode, number: int, wanted: str) -> _Step | Found:
    """An input of a subgraph: what the node that stands for it is linked to, else the value that its widget has."""
    taken = part.inputs()
    name = taken[number].get("name") if number < len(taken) else None
    outside = inputs_of(instance)
    place = next((index for index, one in enumerate(outside) if one.get("name") == name), None)
    if place is not None and str(outside[place].get("link")) in parent.links:
        return (parent, instance, place, wanted, True)
    values = promoted(part, instance)
    return Held(values[number]) if values.get(number) is not None else None


def _held_inside(part: Part, number: int, info: ObjectInfo) -> Held | None:
    """What the first widget holds that a subgraph's input ends in: the node that stands for it only shows that one."""
    for node, slot in _targets(part, number):
        inner, inputs = part.inside(node), inputs_of(node)
        name = inputs[slot].get("name")
        if inner is None:
            value = settings(node, info).values.get(str(name)) if info.knows(node["type"]) else None
        else:
            taken = [one.get("name") for one in inner.inputs()]
            value = promoted(inner, node).get(taken.index(name)) if name in taken else None
        if value is not None:
            return Held(value)
    return None


def promoted(part: Part, instance: DrawnNode) -> dict[int, Any]:
    """What the widgets of a node that stands for a subgraph hold, by the number of the subgraph's input."""
    taken, values = part.inputs(), instance.get("widgets_values")
    if isinstance(values, dict):
        return {number: values[one["name"]] for number, one in enumerate(taken) if one.get("name") in values}
    # Some versions of the editor fill the list up with nothing.
    given = [one for one in (values if isinstance(values, list) else ()) if one is not None]
    shown = [one.get("name") for one in inputs_of(instance) if not is_socket(one)]
    numbers = {one.get("name"): number for number, one in enumerate(taken)}
    inside = [number for number in range(len(taken)) if any(_targets(part, number))]
    outside = [numbers[name] for name in shown if name in numbers]
    for places in (inside, outside):
        if len(places) == len(given):
            return dict(zip(places, given, strict=True))
    held: dict[int, Any] = {}
    for number, value in zip(inside, given, strict=False):
        if not _may_be(value, str(taken[number].get("type"))):
            break
        held[number] = value
    return held


def _targets(part: Part, number: int) -> Iterator[tuple[DrawnNode, int]]:
    """The nodes inside and their inputs, all of them widgets, in which a subgraph's input ends."""
    for origin, output, target, slot in part.links.values():
        node = part.nodes.get(target)
        if (origin, output) == (part.ends[0], number) and node is not None:
            inputs = inputs_of(node)
            if slot < len(inputs) and not is_socket(inputs[slot]):
                yield node, slot


def _may_be(value: object, kind: str) -> bool:
    match kind:
        case "INT":
            return isinstance(value, int) and not isinstance(value, bool)
        case "FLOAT":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "BOOLEAN":
            return isinstance(value, bool)
        case "STRING" | "COMBO":
            return isinstance(value, str)
    return True


def _out_of(step: _Step, info: ObjectInfo) -> _Step | Found:
    """Behind an output: the node itself, unless the editor takes it apart before anything runs."""
    part, node, output, wanted, _ = step
    if node.get("mode") == MUTED:
        return None
    if node.get("mode") == BYPASSED:
        slot = _passed_on(node, output, wanted)
        return None if slot is None else (part, node, slot, wanted, True)
    if (inner := part.inside(node)) is not None:
        link = inner.links.get(inner.outlets.get(output, ""))
        return None if link is None else _behind(inner, link, wanted, info)
    if node["type"] == "PrimitiveNode":
        return Held(first_value(node))
    if (link_part := _virtual(part, node)) is not None:
        behind, slot = link_part
        return None if behind is None else (behind[0], behind[1], slot, wanted, True)
    return Linked(f"{part.prefix}{node.get('id')}", output)


def first_value(node: DrawnNode) -> object:
    """What the first widget of a node holds."""
    values = node.get("widgets_values")
    listed = list(values.values()) if isinstance(values, dict) else values
    return listed[0] if isinstance(listed, list) and listed else None


def is_virtual(kind: str) -> bool:
    """Whether a class is the editor's own (or an extension's of the editor) and only passes on what it gets."""
    name = kind.casefold().replace(" ", "")
    return name.startswith("reroute") or name.endswith(("getnode", "setnode"))


def _virtual(part: Part, node: DrawnNode) -> tuple[tuple[Part, DrawnNode] | None, int] | None:
    """The node and input that a virtual node passes on; None for a node that does something."""
    if not is_virtual(node["type"]):
        return None
    if not node["type"].casefold().endswith("getnode"):
        linked = (number for number, one in enumerate(inputs_of(node)) if one.get("link") is not None)
        return (part, node), next(linked, 0)
    return _setter(part, first_value(node)), 0


def _setter(part: Part, name: object) -> tuple[Part, DrawnNode] | None:
    """The Set node of this name: in the same part, else in one around it."""
    here: Part | None = part
    while here is not None:
        for node in here.nodes.values():
            if node["type"].casefold().endswith("setnode") and first_value(node) == name:
                return here, node
        here = here.parent
    return None


def _passed_on(node: DrawnNode, output: int, wanted: str) -> int | None:
    """The input that a bypassed node hands on in place of an output: that of the same place or of the same type."""
    outputs, inputs = dicts(node.get("outputs")), inputs_of(node)
    offered = str(outputs[output].get("type", "*")) if output < len(outputs) else wanted
    if wanted in _ANYTHING:
        wanted = offered
    order = sorted(range(len(inputs)), key=lambda slot: slot != output)
    exact = [slot for slot in order if str(inputs[slot].get("type")) == wanted]
    fitting = [slot for slot in order if _match(str(inputs[slot].get("type", "*")), wanted)]
    same = [slot for slot in fitting if slot == output and _match(str(inputs[slot].get("type", "*")), offered)]
    ranked = [*same, *exact, *fitting]
    return next((slot for slot in ranked if inputs[slot].get("link") is not None), None)


def _match(one: str, other: str) -> bool:
    """Whether two types may be linked."""
    return _is_any(one) or _is_any(other) or not set(_types(one)).isdisjoint(_types(other))


def _is_any(kind: str) -> bool:
    return kind in _ANYTHING or kind.startswith("COMFY_MATCHTYPE")


def _types(kind: str) -> Iterator[str]:
    return (one.strip().upper() for one in kind.split(","))
