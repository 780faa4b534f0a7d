"""How large images become on their way through a graph, and where the numbers stand that decide it. Pure."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Final, TypeGuard

from bot.workflows.graphs.graph import Graph, link_source
from bot.workflows.graphs.parameters import Target

_MEGAPIXEL: Final = 2**20
"""As ComfyUI counts it."""
_FACTORS: Final = ("scale_by", "upscale_by", "rescale_factor")
"""The inputs that make both sides of an image so many times as long."""


def source_of(graph: Graph, node_id: str, name: str) -> Target | None:
    """Where the value of an input stands: there, or in a node that only holds it, like `PrimitiveInt`, and is linked
    there. None: only a run shows it.
    """
    while (source := link_source(graph[node_id]["inputs"].get(name))) is not None:
        inputs = graph[source]["inputs"] if source in graph else {}
        found = [name] if name in inputs else [one for one, value in inputs.items() if _may_count(value)]
        if len(found) != 1:
            return None
        node_id, name = source, found[0]
    return Target(node_id, name)


def number_at(graph: Graph, node_id: str, name: str) -> int | float | None:
    """The number in an input, also if it stands elsewhere; None if there is none, or none that can be told."""
    place = source_of(graph, node_id, name)
    value = None if place is None else graph[place.node_id]["inputs"].get(place.input_name)
    return value if _is_number(value) else None


def largest_size(graph: Graph, attached: Mapping[str, int]) -> int:
    """The pixels of the largest image in a graph, with the factors by which it grows; what a model for upscaling adds
    can't be told. `attached`: the pixels of images from outside, by the nodes that load them. 0: no node says a size.
    """
    sizes: dict[str, float] = {}
    for node_id in TopologicalSorter({one: [*_sources(graph, one)] for one in graph}).static_order():
        sizes[node_id] = _size(graph, node_id, sizes, attached)
    return int(max(sizes.values(), default=0))


def _size(graph: Graph, node_id: str, before: Mapping[str, float], attached: Mapping[str, int]) -> float:
    width, height = (number_at(graph, node_id, side) for side in ("width", "height"))
    if isinstance(width, int) and isinstance(height, int):
        return width * height
    if (megapixels := number_at(graph, node_id, "megapixels")) is not None:
        return megapixels * _MEGAPIXEL
    taken = max([attached.get(node_id, 0), *(before[one] for one in _sources(graph, node_id))])
    factors = [found for name in _FACTORS if (found := number_at(graph, node_id, name)) is not None]
    return float(taken * max(factors, default=1) ** 2)


def _sources(graph: Graph, node_id: str) -> Iterator[str]:
    for value in graph[node_id]["inputs"].values():
        if (source := link_source(value)) is not None and source in graph:
            yield source


def _may_count(value: object) -> bool:
    return link_source(value) is not None or _is_number(value)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
