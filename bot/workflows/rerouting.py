"""From an input to where its value is really set: through reroutes, switches and nodes that only hold a value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bot.workflows.graph import Graph, link_source
from bot.workflows.parameters import Target

_VALUES: Final = ("value", "string", "text", "int", "number", "float", "seed", "noise_seed", "prompt")
"""What a node that only holds a value calls it."""
FARTHEST: Final = 32
"""Nodes between an input and what it comes from; nobody draws more, and a made-up graph could make it expensive."""
_ANYTHING: Final = frozenset({"", "*", "any", "anything", "value", "input", "in", "source"})
"""What a reroute calls its only input."""


def as_link(value: object) -> tuple[str, int] | None:
    """The node_id and output index that an input is linked to, or None for a plain value."""
    found = link_source(value)
    return (found, value[1]) if found is not None and isinstance(value, list) else None


def source(graph: Graph, value: object) -> tuple[str, int] | None:
    """The node and output that a linked input's value really comes from: reroutes and switches only pass it on."""
    seen: set[str] = set()
    link = as_link(value)
    while link is not None and link[0] in graph and link[0] not in seen and len(seen) < FARTHEST:
        seen.add(link[0])
        behind = _passed_on(graph, link[0])
        if behind is None:
            return link
        link = behind
    return None


def _passed_on(graph: Graph, node_id: str) -> tuple[str, int] | None:
    """The link that a node passes on as it is, or None for a node that does something."""
    node = graph[node_id]
    inputs = node["inputs"]
    if isinstance(inputs.get("switch"), bool):
        return as_link(inputs.get("on_true" if inputs["switch"] else "on_false"))
    if len(inputs) != 1:
        return None
    name, value = next(iter(inputs.items()))
    return as_link(value) if "reroute" in node["class_type"].casefold() or name in _ANYTHING else None


def settable(graph: Graph, node_id: str, input_name: str, kinds: tuple[type, ...]) -> Target | None:
    """Where the value of this input can be set: here, or at the node that holds it for others."""
    seen: set[Target] = set()
    while Target(node_id, input_name) not in seen and len(seen) < FARTHEST:
        seen.add(Target(node_id, input_name))
        value = graph[node_id]["inputs"].get(input_name)
        if as_link(value) is None:
            return Target(node_id, input_name) if _is(value, kinds) else None
        link = source(graph, value)
        if link is None:
            return None
        node_id = link[0]
        inputs = graph[node_id]["inputs"]
        held = [one for one in (input_name, *_VALUES) if as_link(inputs.get(one)) or _is(inputs.get(one), kinds)]
        if not held:
            return None
        input_name = held[0]
    return None


def _is(value: object, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def texts_behind(graph: Graph, node_id: str, input_name: str) -> Iterator[Target]:
    """Every text that this input is put together from."""
    waiting = [Target(node_id, input_name)]
    seen: set[Target] = set()
    while waiting and len(seen) < FARTHEST:
        target = waiting.pop(0)
        value = graph[target.node_id]["inputs"].get(target.input_name)
        if target in seen:
            continue
        seen.add(target)
        if isinstance(value, str):
            yield target
        elif (link := source(graph, value)) is not None:
            inputs = graph[link[0]]["inputs"]
            waiting += [Target(link[0], name) for name in _text_inputs(inputs, target.input_name)]


def _text_inputs(inputs: Mapping[str, object], wanted: str) -> list[str]:
    return [name for name in inputs if name in _VALUES or name == wanted or name.startswith(("string", "text"))]
