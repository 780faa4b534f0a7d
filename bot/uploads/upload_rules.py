"""What an uploaded workflow may not do, in the words of the administrator who brings it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.workflows import Graph, ObjectInfo, Pack, Parameter
from bot.workflows.safety.uploads import Places, exposing, forbidden, leaving


def refused_graph(graph: Graph, allowed: tuple[str, ...], infos: Sequence[ObjectInfo] = ()) -> tuple[str, ...]:
    """Why this graph is not taken, whatever its manifest."""
    nodes = (f"the node {one} is not allowed in uploaded workflows" for one in forbidden(graph, allowed, infos))
    places = (f"“{one}” points outside ComfyUI’s own folders" for one in leaving(graph, infos))
    return (*nodes, *places)


def refused_pack(pack: Pack, infos: Sequence[ObjectInfo] = ()) -> tuple[str, ...]:
    """Why this pack is not taken: its manifest would let members, or has itself, name places on the server."""
    exposed = (
        f"{one} would let members choose a path on the server: remove it, or give it choices"
        for one in exposing(pack.parameters.values(), pack.graph, infos)
    )
    places = Places(pack.graph, infos)
    leading_out = (
        f"{parameter.name} points outside ComfyUI’s own folders"
        for parameter in pack.parameters.values()
        if any(places.refuse(target, text) for text in _texts(parameter) for target in parameter.targets)
    )
    return (*exposed, *leading_out)


def _texts(parameter: Parameter) -> Iterator[str]:
    """What its targets may come to hold without a member's doing."""
    values = [parameter.fixed, parameter.default, *(parameter.choices or ())]
    if parameter.template is not None:
        values = [parameter.template.replace("{value}", str(value)) for value in ["", *values] if value is not None]
    for value in values:
        if isinstance(value, str):
            yield value
