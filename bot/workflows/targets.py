"""What a manifest's `target` means in a graph.

title.input         every node with that title, or the node with that id
id:ID.input         the node with that id, even where it is another one's title
class:NAME.input    every node of that class
*.input             every node that has this input as a plain value
... except A, B     without the nodes so named (title, id, id:ID or class:NAME)
"""

from __future__ import annotations

import contextlib
from typing import Final

from bot.workflows.graph import Graph, link_source, node_title, shortened
from bot.workflows.parameters import Target

_MOST_TITLES: Final = 30


class NoTarget(ValueError):  # noqa: N818 - says what was found
    """The text means no input that can be set; the message is for the pack's author."""


def resolve(text: str, graph: Graph) -> tuple[Target, ...]:
    """Every input that `text` means, in the graph's order. Raises `NoTarget`."""
    wanted, _, left_out = text.partition(" except ")
    if left_out:
        with contextlib.suppress(NoTarget):
            return _meant(text, graph, set())  # the word may be a part of a title
    excluded = {node_id for name in left_out.split(",") if name.strip() for node_id in _existing(name.strip(), graph)}
    return _meant(wanted, graph, excluded)


def _meant(wanted: str, graph: Graph, excluded: set[str]) -> tuple[Target, ...]:
    if wanted.startswith("*."):
        return _everywhere(wanted[2:], graph, excluded)
    # Titles and inputs may hold dots themselves: the split that fits is the right one.
    for index in (i for i in range(len(wanted) - 1, 0, -1) if wanted[i] == "."):
        nodes = named(wanted[:index], graph)
        input_name = wanted[index + 1 :]
        having = [node_id for node_id in nodes if input_name in graph[node_id]["inputs"]]
        if having:
            return _plain([Target(node_id, input_name) for node_id in having if node_id not in excluded], graph)
        if nodes:
            has = ", ".join(graph[nodes[0]]["inputs"]) or "none"
            raise NoTarget(f"node {node_title(graph, nodes[0])!r} has no input {input_name!r}, only {has}")
    titles = sorted({shortened(node_title(graph, node_id)) for node_id in graph})
    more = ", ..." if len(titles) > _MOST_TITLES else ""
    raise NoTarget(f"no such node (write title.input); the nodes are {', '.join(titles[:_MOST_TITLES])}{more}")


def named(name: str, graph: Graph) -> tuple[str, ...]:
    """The nodes that a name means: by class, by title, else by id."""
    if name.startswith("class:"):
        return tuple(node_id for node_id in graph if graph[node_id]["class_type"] == name[6:])
    if name.startswith("id:"):
        return (name[3:],) if name[3:] in graph else ()
    titled = tuple(node_id for node_id in graph if node_title(graph, node_id) == name)
    return titled or ((name,) if name in graph else ())


def called(graph: Graph, node_id: str) -> str:
    """A node as a manifest writes it: by title where that means no other, else by id."""
    forms = (node_title(graph, node_id), node_id)
    return next((form for form in forms if named(form, graph) == (node_id,)), f"id:{node_id}")


def written(graph: Graph, target: Target) -> str:
    """A target as a manifest writes it."""
    forms = [f"{node}.{target.input_name}" for node in (called(graph, target.node_id), target.node_id)]
    return next((form for form in forms if _means(form, graph, target)), f"id:{target.node_id}.{target.input_name}")


def _means(text: str, graph: Graph, target: Target) -> bool:
    try:
        return resolve(text, graph) == (target,)
    except NoTarget:
        return False


def _existing(name: str, graph: Graph) -> tuple[str, ...]:
    nodes = named(name, graph)
    if not nodes:
        raise NoTarget(f"except {name!r}: no such node")
    return nodes


def _everywhere(input_name: str, graph: Graph, excluded: set[str]) -> tuple[Target, ...]:
    """Linked inputs of that name are left alone: what feeds them is the place to set."""
    found = tuple(
        Target(node_id, input_name)
        for node_id in graph
        if node_id not in excluded
        and input_name in graph[node_id]["inputs"]
        and link_source(graph[node_id]["inputs"][input_name]) is None
    )
    if not found:
        raise NoTarget(f"no node has an input {input_name!r} of its own")
    return found


def _plain(targets: list[Target], graph: Graph) -> tuple[Target, ...]:
    if not targets:
        raise NoTarget("everything it means is left out again")
    for target in targets:
        source = link_source(graph[target.node_id]["inputs"][target.input_name])
        if source is not None:
            raise NoTarget(f"this input is fed by node {node_title(graph, source)!r}; set it there")
    return tuple(targets)
