"""What an uploaded workflow may not do, in the words of the administrator who brings it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.workflows import Graph, ObjectInfo, Pack, Parameter
from bot.workflows.graph import Node
from bot.workflows.parameters import Target
from bot.workflows.safety import exposing, forbidden, leaving


def refused_graph(graph: Graph, allowed: tuple[str, ...], infos: Iterable[ObjectInfo] = ()) -> tuple[str, ...]:
    """Why this graph is not taken, whatever its manifest."""
    nodes = (f"the node {one} is not allowed in uploaded workflows" for one in forbidden(graph, allowed, infos))
    places = (f"“{one}” names a place outside ComfyUI’s own folders" for one in leaving(graph))
    return (*nodes, *places)


def refused_pack(pack: Pack) -> tuple[str, ...]:
    """Why this pack is not taken: its manifest would let members, or has itself, name places on the server."""
    exposed = (
        f"{one} would let members name a place on the server: leave it out, or give it choices"
        for one in exposing(pack.parameters.values())
    )
    places = (
        f"{parameter.name} names a place outside ComfyUI’s own folders"
        for parameter in pack.parameters.values()
        if any(leaving(_set(pack.graph, target, text)) for text in _texts(parameter) for target in parameter.targets)
    )
    return (*exposed, *places)


def _texts(parameter: Parameter) -> Iterator[str]:
    for value in (parameter.fixed, parameter.default, parameter.template, *(parameter.choices or ())):
        if isinstance(value, str):
            yield value


def _set(graph: Graph, target: Target, text: str) -> Graph:
    """The one node that a parameter sets, set."""
    node: Node = {"class_type": graph[target.node_id]["class_type"], "inputs": {target.input_name: text}}
    return {target.node_id: node}
