"""From an input to where its value is really set: through reroutes, switches and nodes that only hold a value. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bot.workflows.graphs.graph import Graph, Node, link_source
from bot.workflows.graphs.parameters import Target

_VALUES: Final = ("value", "string", "text", "int", "number", "float", "seed", "noise_seed", "prompt")
"""What a node that only holds a value calls it."""
FARTHEST: Final = 32
"""Nodes between an input and what it comes from; nobody draws more, and a made-up graph could make it expensive."""
_ANYTHING: Final = frozenset({"", "*", "any", "anything", "value", "input", "in", "source"})
"""What a reroute calls its only input."""


class Wired(dict[str, Node]):
    """A graph for walking back in: what its nodes pass on and put together is worked out once, not at every visit."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.passed_on = {node_id: _passed_on(node, graph) for node_id, node in graph.items()}
        self.sources: dict[tuple[str, int], tuple[str, int] | None] = {}
        self.texts: dict[Target, tuple[Target, ...]] = {}


def as_link(value: object) -> tuple[str, int] | None:
    """The node_id and output index that an input is linked to, or None for a plain value."""
    found = link_source(value)
    return (found, value[1]) if found is not None and isinstance(value, list) else None


def source(graph: Wired, value: object) -> tuple[str, int] | None:
    """The node and output that a linked input's value really comes from: reroutes and switches only pass it on."""
    link = as_link(value)
    if link is None:
        return None
    if link not in graph.sources:
        graph.sources[link] = _origin(graph, link)
    return graph.sources[link]


def _origin(graph: Wired, link: tuple[str, int]) -> tuple[str, int] | None:
    for _ in range(FARTHEST):
        if link[0] not in graph:
            return None
        behind = graph.passed_on[link[0]]
        if behind is None:
            return link
        link = behind
    return None


def _passed_on(node: Node, graph: Graph) -> tuple[str, int] | None:
    """The link that a node passes on as it is, or None for a node that does something."""
    inputs = node["inputs"]
    if "on_true" in inputs or "on_false" in inputs:
        state = truth(graph, inputs.get("switch"))
        return None if state is None else as_link(inputs.get("on_true" if state else "on_false"))
    if len(inputs) != 1:
        return None
    name, value = next(iter(inputs.items()))
    return as_link(value) if "reroute" in node["class_type"].casefold() or name in _ANYTHING else None


def truth(graph: Graph, value: object, turned: str | None = None) -> bool | None:
    """The truth value that an input has, here or at the node that holds it; None where only a run can tell. With
    `turned`, as if the one that this node holds were the opposite.
    """
    for _ in range(FARTHEST):
        if isinstance(value, bool):
            return value
        link = as_link(value)
        inputs = graph[link[0]]["inputs"] if link is not None and link[0] in graph else {}
        if link is None or len(inputs) != 1:
            return None
        (value,) = inputs.values()
        if isinstance(value, bool):
            return value != (link[0] == turned)
    return None


def settable(graph: Wired, node_id: str, input_name: str, kinds: tuple[type, ...]) -> Target | None:
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


def texts_behind(graph: Wired, node_id: str, input_name: str) -> tuple[Target, ...]:
    """Every text that this input is put together from."""
    here = Target(node_id, input_name)
    value = graph[node_id]["inputs"].get(input_name)
    link = source(graph, value)
    if link is None:
        return (here,) if isinstance(value, str) else ()
    behind = Target(link[0], input_name)
    if behind not in graph.texts:
        names = _text_inputs(graph[link[0]]["inputs"], input_name)
        graph.texts[behind] = tuple(_texts(graph, [Target(link[0], name) for name in names]))
    return graph.texts[behind]


def _texts(graph: Wired, starts: Iterable[Target]) -> Iterator[Target]:
    waiting = deque(starts)
    seen: set[Target] = set()
    while waiting and len(seen) < FARTHEST:
        target = waiting.popleft()
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
