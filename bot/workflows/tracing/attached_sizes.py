"""Which attached images and videos a graph works on as they are, as img2img and upscaling do. Pure.

An image that is scaled first, or only looked at (ControlNet, IP-Adapter, CLIP vision), makes no result of its size.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.workflows.graphs.graph import Graph, Node, link_source

_CARRIES: Final = frozenset({"image", "images", "pixels", "samples", "latent", "latent_image", "video", "frames"})
"""The inputs, by their usual names, that hand an image on as it is."""
_SCALES: Final = frozenset(
    {"width", "height", "megapixels", "largest_size", "longer_edge", "shorter_edge", "resolution"}
)
"""An input of a node whose result has another size."""
_SCALERS: Final = ("FluxKontextImageScale", "ImageScaleToTotalPixels")


def worked_on(graph: Graph, attached: Mapping[str, int], *, scaled: bool = False) -> dict[str, int]:
    """The pixels of the attached images that the graph works on in their own size, or `scaled`, too, by the nodes that
    load them. `attached`: pixels by the value that stands for the file in the graph.
    """
    found: dict[str, int] = {}
    for node_id, node in graph.items():
        sizes = [attached[value] for value in node["inputs"].values() if isinstance(value, str) and value in attached]
        if sizes and _is_worked_on(graph, node_id, scaled=scaled):
            found[node_id] = max(sizes)
    return found


def longest(graph: Graph, attached: Mapping[str, int]) -> int:
    """The frames of the longest attached video that the graph works on, also if it is scaled first; 0 if there is none.
    `attached`: frames by the value that stands for the file in the graph.
    """
    found = worked_on(graph, attached, scaled=True)
    return max((min(length, _taken(graph[node_id]) or length) for node_id, length in found.items()), default=0)


def _taken(node: Node) -> int:
    """How many frames a node takes of a video; 0: all."""
    most = node["inputs"].get("frame_load_cap")
    return most if isinstance(most, int) else 0


def _is_worked_on(graph: Graph, loader: str, *, scaled: bool) -> bool:
    seen: set[str] = set()
    waiting = [*_takers(graph, loader)]
    while waiting:
        node_id = waiting.pop()
        node = graph[node_id]
        scales = node["class_type"] in _SCALERS or not _SCALES.isdisjoint(node["inputs"])
        if node_id in seen or (scales and not scaled):
            continue
        seen.add(node_id)
        takers = [*_takers(graph, node_id)]
        # What takes the file straight from its loader and feeds nobody only shows it.
        shown = not takers and node_id not in _takers(graph, loader)
        if shown or "VAEEncode" in node["class_type"] or "upscale_model" in node["inputs"]:
            return True
        waiting += takers
    return False


def _takers(graph: Graph, node_id: str) -> Iterator[str]:
    """The nodes that take an image from this one."""
    return (
        other
        for other, node in graph.items()
        if any(name in _CARRIES and link_source(value) == node_id for name, value in node["inputs"].items())
    )
