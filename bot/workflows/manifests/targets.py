"""What a manifest's `target` means in a graph.

title.input         every node with that title, or the node with that id
id:ID.input         the node with that id, even where it is another one's title
class:NAME.input    every node of that class
*.input             every node that has this input as a plain value
... except A, B     without the nodes so named (title, id, id:ID or class:NAME)
"""

import contextlib
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from bot.errors import Fault
from bot.workflows.graphs.graph import Graph, link_source, node_title, shortened
from bot.workflows.graphs.parameters import Target

_MOST_TITLES: Final = 30
_LONGEST_TITLE: Final = 100
"""That is written into a manifest: a longer one is a text, not a name."""


NO_NODE: Final = Fault("no such node")


class NoTarget(ValueError):  # noqa: N818 - says what was found
    """The text means no input that can be set; `fault` is for the pack's author."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def resolve(text: str, graph: Graph) -> tuple[Target, ...]:
    """Every input that `text` means, in the graph's order. Raises `NoTarget`."""
    return Names(graph).resolve(text)


def written(graph: Graph, target: Target) -> str:
    """A target as a manifest writes it."""
    return Names(graph).written(target)


class Names:
    """The nodes of one graph by what they are called: to be made once for many questions."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._titled = _grouped((node_title(graph, one), one) for one in graph)
        self._of_class = _grouped((graph[one]["class_type"], one) for one in graph)

    def resolve(self, text: str) -> tuple[Target, ...]:
        """Every input that `text` means, in the graph's order. Raises `NoTarget`."""
        wanted, _, left_out = text.partition(" except ")
        if left_out:
            with contextlib.suppress(NoTarget):
                return self._meant(text, frozenset())  # the word may be a part of a title
        names = dict.fromkeys(name.strip() for name in left_out.split(",") if name.strip())
        return self._meant(wanted, frozenset(node_id for name in names for node_id in self._existing(name)))

    def named(self, name: str) -> tuple[str, ...]:
        """The nodes that a name means: by class, by title, else by id."""
        if name.startswith("class:"):
            return self._of_class.get(name[6:], ())
        if name.startswith("id:"):
            return (name[3:],) if name[3:] in self._graph else ()
        return self._titled.get(name) or ((name,) if name in self._graph else ())

    def called(self, node_id: str) -> str:
        """A node as a manifest writes it: by title where that is short and means no other, else by id."""
        title = node_title(self._graph, node_id)
        forms = (title, node_id) if len(title) <= _LONGEST_TITLE else (node_id,)
        return next((form for form in forms if self.named(form) == (node_id,)), f"id:{node_id}")

    def written(self, target: Target) -> str:
        """A target as a manifest writes it."""
        forms = [f"{node}.{target.input_name}" for node in (self.called(target.node_id), target.node_id)]
        return next((form for form in forms if self._means(form, target)), f"id:{target.node_id}.{target.input_name}")

    def _means(self, text: str, target: Target) -> bool:
        try:
            return self.resolve(text) == (target,)
        except NoTarget:
            return False

    def _meant(self, wanted: str, excluded: frozenset[str]) -> tuple[Target, ...]:
        graph = self._graph
        if wanted.startswith("*."):
            return self._everywhere(wanted[2:], excluded)
        # Titles and inputs may hold dots themselves: the split that fits is the right one.
        for index in (i for i in range(len(wanted) - 1, 0, -1) if wanted[i] == "."):
            nodes = self.named(wanted[:index])
            input_name = wanted[index + 1 :]
            having = [node_id for node_id in nodes if input_name in graph[node_id]["inputs"]]
            if having:
                return self._plain([Target(node_id, input_name) for node_id in having if node_id not in excluded])
            if nodes:
                has = ", ".join(graph[nodes[0]]["inputs"]) or "none"
                title = node_title(graph, nodes[0])
                raise NoTarget(
                    Fault(
                        "node {node} has no input {input}, only {inputs}",
                        node=repr(title),
                        input=repr(input_name),
                        inputs=has,
                    )
                )
        raise NoTarget(Fault("no such node (write title.input); the nodes are {nodes}", nodes=self._titles))

    def _existing(self, name: str) -> tuple[str, ...]:
        nodes = self.named(name)
        if not nodes:
            raise NoTarget(Fault("{place}: {fault}", place=f"except {name!r}", fault=NO_NODE))
        return nodes

    def _everywhere(self, input_name: str, excluded: frozenset[str]) -> tuple[Target, ...]:
        """Linked inputs of that name are left alone: what feeds them is the place to set."""
        found = tuple(
            Target(node_id, input_name)
            for node_id, node in self._graph.items()
            if node_id not in excluded
            and input_name in node["inputs"]
            and link_source(node["inputs"][input_name]) is None
        )
        if not found:
            raise NoTarget(Fault("no node has an unlinked input {input}", input=repr(input_name)))
        return found

    def _plain(self, targets: list[Target]) -> tuple[Target, ...]:
        if not targets:
            raise NoTarget(Fault("`except` removes everything that it matches"))
        for target in targets:
            source = link_source(self._graph[target.node_id]["inputs"][target.input_name])
            if source is not None:
                title = node_title(self._graph, source)
                raise NoTarget(Fault("this input is fed by node {node}; set it there", node=repr(title)))
        return tuple(targets)

    @cached_property
    def _titles(self) -> str:
        """Some of them, for somebody who has named another."""
        titles = sorted({shortened(title) for title in self._titled})
        return f"{', '.join(titles[:_MOST_TITLES])}{', ...' if len(titles) > _MOST_TITLES else ''}"


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, node_id in pairs:
        found.setdefault(name, []).append(node_id)
    return {name: tuple(node_ids) for name, node_ids in found.items()}
