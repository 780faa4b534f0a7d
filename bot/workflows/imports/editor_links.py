"""Where an input of a drawn node really gets its value from: past reroutes, primitives, what is bypassed or muted, Set
and Get nodes, and through the walls of subgraphs. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.imports.editor_drawing import BYPASSED, MUTED, DrawnNode, Part, dicts
from bot.workflows.imports.editor_widgets import settings

_MOST_STEPS: Final = 100
"""Along one link; a made-up file could lead it in circles."""
_MOST_INPUTS: Final = 64
"""Of a bypassed node, that are looked through for one to hand on."""
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


def follow(part: Part, node: DrawnNode, slot: int, info: ObjectInfo) -> Found:
    """What feeds this input; None where nothing does."""
    entry = part.drawn(node)[slot]
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
    inputs = part.drawn(node)
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
    place = part.shown.get(part.taken[number]) if 0 <= number < len(part.taken) else None
    if place is not None and str(parent.drawn(instance)[place].get("link")) in parent.links:
        return (parent, instance, place, wanted, True)
    value = part.held.get(number)
    return None if value is None else Held(value)


def _held_inside(part: Part, number: int, info: ObjectInfo) -> Held | None:
    """What the first widget holds that a subgraph's input ends in: the node that stands for it only shows that one."""
    if number not in part.shows:
        part.shows[number] = next(
            (_value(part, node, slot, info) for node, slot in part.widgets.get(number, [])),
            None,
        )
    value = part.shows[number]
    return None if value is None else Held(value)


def _value(part: Part, node: DrawnNode, slot: int, info: ObjectInfo) -> object:
    inner, name = part.inside(node), part.drawn(node)[slot].get("name")
    if inner is not None:
        return inner.held.get(inner.taken.index(name)) if name in inner.taken else None
    if not info.knows(node["type"]):
        return None
    if id(node) not in part.settings:
        part.settings[id(node)] = settings(node, info).values
    return part.settings[id(node)].get(str(name))


def _out_of(step: _Step, info: ObjectInfo) -> _Step | Found:
    """Behind an output: the node itself, unless the editor takes it apart before anything runs."""
    part, node, output, wanted, _ = step
    if node.get("mode") == MUTED:
        return None
    if node.get("mode") == BYPASSED:
        slot = _passed_on(node, part.drawn(node), output, wanted)
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
        linked = (number for number, one in enumerate(part.drawn(node)) if one.get("link") is not None)
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


def _passed_on(node: DrawnNode, inputs: list[dict[str, Any]], output: int, wanted: str) -> int | None:
    """The input that a bypassed node hands on in place of an output: that of the same place or of the same type."""
    outputs = dicts(node.get("outputs"))
    offered = str(outputs[output].get("type", "*")) if output < len(outputs) else wanted
    if wanted in _ANYTHING:
        wanted = offered
    near = inputs[output : output + 1]
    if near and near[0].get("link") is not None:
        kind = str(near[0].get("type", "*"))
        if _match(kind, wanted) and _match(kind, offered):
            return output
    kinds = {
        slot: str(one.get("type", "*")) for slot, one in enumerate(inputs[:_MOST_INPUTS]) if one.get("link") is not None
    }
    ranked = [
        *(slot for slot, kind in kinds.items() if kind == wanted),
        *(slot for slot, kind in kinds.items() if _match(kind, wanted)),
    ]
    return ranked[0] if ranked else None


def _match(one: str, other: str) -> bool:
    """Whether two types may be linked."""
    return _is_any(one) or _is_any(other) or not set(_types(one)).isdisjoint(_types(other))


def _is_any(kind: str) -> bool:
    return kind in _ANYTHING or kind.startswith("COMFY_MATCHTYPE")


def _types(kind: str) -> Iterator[str]:
    return (one.strip().upper() for one in kind.split(","))
