"""What ComfyUI's editor saves, as nodes, links and subgraphs that can be walked. Pure, and tolerant: extensions and old
versions leave out or add what they like.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

DrawnNode = Mapping[str, Any]

MUTED: Final = 2
BYPASSED: Final = 4
_INPUT_NODE, _OUTPUT_NODE = "-10", "-20"
"""What the two ends of a subgraph are called where it does not say."""


class Drawing:
    """A whole file: its nodes, and the definitions of the subgraphs that they stand for."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.definitions: dict[str, Mapping[str, Any]] = {one["id"]: one for one in subgraphs(raw)}
        self.root = Part(self, raw, "", None, None)

    def parts(self) -> Iterator[Part]:
        """Every part that runs: the drawing itself, and each subgraph once for every node that stands for it."""
        waiting = [self.root]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += [inner for node in part.running() if (inner := part.inside(node)) is not None]


class Part:
    """The drawing itself, or one subgraph where it is used. `prefix` goes before its nodes' ids."""

    def __init__(
        self,
        drawing: Drawing,
        raw: Mapping[str, Any],
        prefix: str,
        parent: Part | None,
        instance: DrawnNode | None,
    ) -> None:
        self.drawing, self.raw, self.prefix = drawing, raw, prefix
        self.parent, self.instance = parent, instance
        self._inside: dict[str, Part] = {}
        self._drawn: dict[int, list[dict[str, Any]]] = {}
        self.settings: dict[int, Mapping[str, object]] = {}
        """What the widgets of some of its nodes hold, by the nodes' identities."""
        self.shows: dict[int, object] = {}
        """By the number of a subgraph's input: what the widget holds that it ends in, once somebody has looked."""

    @cached_property
    def nodes(self) -> dict[str, DrawnNode]:
        """By their ids, in the file's order."""
        return {str(node.get("id")): node for node in dicts(self.raw.get("nodes")) if isinstance(node.get("type"), str)}

    @cached_property
    def links(self) -> dict[str, tuple[str, int, str, int]]:
        """By their ids: the node and output where each begins, the node and input where it ends."""
        return dict(filter(None, map(_link, _list(self.raw.get("links")))))

    @cached_property
    def ends(self) -> tuple[str, str]:
        """The ids by which a subgraph's links mean its own inputs and outputs."""
        found = (self.raw.get("inputNode"), self.raw.get("outputNode"))
        first, last = (str(one["id"]) if isinstance(one, dict) and "id" in one else None for one in found)
        return first or _INPUT_NODE, last or _OUTPUT_NODE

    @cached_property
    def outlets(self) -> dict[int, str]:
        """The id of the link that ends in each of a subgraph's outputs."""
        return {slot: link_id for link_id, (_, _, target, slot) in self.links.items() if target == self.ends[1]}

    def running(self) -> Iterator[DrawnNode]:
        """The nodes that are neither muted nor bypassed."""
        return (node for node in self.nodes.values() if runs(node))

    def inside(self, node: DrawnNode) -> Part | None:
        """The subgraph that a node stands for; None for an ordinary node."""
        definition = self.drawing.definitions.get(node["type"])
        if definition is None:
            return None
        node_id = str(node.get("id"))
        if node_id not in self._inside:
            self._inside[node_id] = Part(self.drawing, definition, f"{self.prefix}{node_id}:", self, node)
        return self._inside[node_id]

    def drawn(self, node: DrawnNode) -> list[dict[str, Any]]:
        """The inputs of one of the nodes; it is asked once for every link that leads there."""
        key = id(node)
        if key not in self._drawn:
            self._drawn[key] = inputs_of(node)
        return self._drawn[key]

    @cached_property
    def taken(self) -> list[Any]:
        """The names of what a subgraph takes."""
        return [one.get("name") for one in dicts(self.raw.get("inputs"))]

    @cached_property
    def shown(self) -> dict[Any, int]:
        """By name: the inputs of the node that stands for this subgraph."""
        found = self.parent.drawn(self.instance) if self.parent is not None and self.instance is not None else []
        return {one.get("name"): place for place, one in reversed(list(enumerate(found)))}

    @cached_property
    def widgets(self) -> dict[int, list[tuple[DrawnNode, int]]]:
        """By the number of a subgraph's input: the widgets in which it ends, as nodes inside and their inputs."""
        found: dict[int, list[tuple[DrawnNode, int]]] = {}
        for origin, output, target, slot in self.links.values():
            node = self.nodes.get(target)
            if origin == self.ends[0] and node is not None:
                inputs = self.drawn(node)
                if 0 <= slot < len(inputs) and not is_socket(inputs[slot]):
                    found.setdefault(output, []).append((node, slot))
        return found

    @cached_property
    def held(self) -> dict[int, Any]:
        """By the number of a subgraph's input: what the widgets of the node that stands for it hold."""
        values = None if self.instance is None else self.instance.get("widgets_values")
        if isinstance(values, dict):
            return {number: values[name] for number, name in enumerate(self.taken) if name in values}
        # Some versions of the editor fill the list up with nothing.
        given = [one for one in (values if isinstance(values, list) else ()) if one is not None]
        if self.parent is None or self.instance is None:
            return {}
        numbers = {name: number for number, name in enumerate(self.taken)}
        inside = [number for number in range(len(self.taken)) if number in self.widgets]
        entries = self.parent.drawn(self.instance)
        outside = [numbers[one.get("name")] for one in entries if not is_socket(one) and one.get("name") in numbers]
        for places in (inside, outside):
            if len(places) == len(given):
                return dict(zip(places, given, strict=True))
        kinds = [str(one.get("type")) for one in dicts(self.raw.get("inputs"))]
        pairs = itertools.takewhile(lambda pair: _may_be(pair[1], kinds[pair[0]]), zip(inside, given, strict=False))
        return dict(pairs)


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


def subgraphs(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The definitions of subgraphs in a file."""
    definitions = raw.get("definitions")
    found = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    return [one for one in dicts(found) if isinstance(one.get("id"), str)]


def all_nodes(raw: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node as it is written, those of subgraphs once."""
    for part in (raw, *subgraphs(raw)):
        yield from dicts(part.get("nodes"))


def runs(node: DrawnNode) -> bool:
    """Whether a node is neither muted nor bypassed."""
    # A stranger may have written a value there that has no place in a set.
    return node.get("mode") not in (MUTED, BYPASSED)


def inputs_of(node: DrawnNode) -> list[dict[str, Any]]:
    """The inputs that a node is drawn with."""
    return dicts(node.get("inputs"))


def is_socket(entry: Mapping[str, Any]) -> bool:
    """Whether a drawn input takes a link only."""
    return not entry.get("widget")


def dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _list(value: object) -> list[Any]:
    # Old versions write what has numbered places as an object.
    return value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []


def _link(raw: object) -> tuple[str, tuple[str, int, str, int]] | None:
    """Both forms: a row, and an object with names."""
    match raw:
        case [link_id, origin, origin_slot, target, target_slot, *_]:
            pass
        case {
            "id": link_id,
            "origin_id": origin,
            "origin_slot": origin_slot,
            "target_id": target,
            "target_slot": target_slot,
        }:
            pass
        case _:
            return None
    slots = [int(one) for one in (origin_slot, target_slot) if isinstance(one, int)]
    return (str(link_id), (str(origin), slots[0], str(target), slots[1])) if len(slots) == 2 else None  # noqa: PLR2004
