"""Which workflows change only a part of an image, and how each wants its mask. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.workflows.graphs.graph import Graph, live_nodes
from bot.workflows.graphs.parameters import Parameter
from bot.workflows.graphs.reroutes import as_link
from bot.workflows.manifests.pack import Pack

_TURNING: Final = frozenset({"InvertMask", "ImageInvert"})
"""Nodes that make white what was black."""
_USING: Final = frozenset(
    {"SetLatentNoiseMask", "VAEEncodeForInpaint", "InpaintModelConditioning", "ImageCompositeMasked"}
)
"""Nodes in which white means: change this."""
MaskForm = Literal["white", "black", "transparent", "opaque"]
_Wiring = Mapping[str, Sequence[tuple[str, int]]]
_MASK_OUTPUT: Final = 1
"""Of LoadImage: 1 - alpha, so transparent pixels are the mask (ComfyUI, nodes.py)."""


@dataclass(frozen=True, slots=True)
class Inpainting:
    """A workflow that changes a part of an image after a prompt: the names of its parameters for the image and for the
    mask (None: it reads the mask from the image's transparency), and how the mask has to look: a grey image in which
    white or black changes, or the image itself, transparent or opaque where it changes.
    """

    pack: Pack
    image: str
    mask: str | None
    form: MaskForm


def inpainting_in(pack: Pack) -> Inpainting | None:
    """How the pack changes a part of an image; None if it can't, or if it requires more than image, mask and prompt."""
    takers = [one for one in pack.offered.values() if one.type == "image"]
    if not takers or "prompt" not in pack.offered:
        return None
    wiring = _wiring(pack.graph)
    masks = [one for one in takers if _takes_mask(pack.graph, wiring, one)]
    images = [one for one in takers if one not in masks]
    image = next((one for one in images if one.name == "image"), images[0] if images else None)
    if image is None or len(masks) > 1:
        return None
    mask = masks[0] if masks else None
    if mask is None and _MASK_OUTPUT not in _used_outputs(wiring, image.targets[0].node_id):
        return None
    given = {image.name, "prompt", *((mask.name,) if mask is not None else ())}
    if any(one.required and one.default is None and one.name not in given for one in pack.offered.values()):
        return None
    form = _form(pack.graph, wiring, (mask or image).targets[0].node_id)
    return Inpainting(pack, image.name, None if mask is None else mask.name, form)


def _wiring(graph: Graph) -> _Wiring:
    """By node: the live nodes that use its outputs, each with the output's number."""
    found: dict[str, list[tuple[str, int]]] = {}
    for consumer in live_nodes(graph):
        for value in graph[consumer]["inputs"].values():
            if (link := as_link(value)) is not None:
                found.setdefault(link[0], []).append((consumer, link[1]))
    return found


def _used_outputs(wiring: _Wiring, node_id: str) -> set[int]:
    return {output for _consumer, output in wiring.get(node_id, ())}


def _takes_mask(graph: Graph, wiring: _Wiring, parameter: Parameter) -> bool:
    """Whether an image is only a mask: its name says so, or nothing else of it is used."""
    nodes = [target.node_id for target in parameter.targets]
    return "mask" in parameter.name.casefold().split("_") or all(
        graph[one]["class_type"] == "LoadImageMask" or _used_outputs(wiring, one) == {_MASK_OUTPUT} for one in nodes
    )


def _form(graph: Graph, wiring: _Wiring, node_id: str) -> MaskForm:
    """How the mask has to look that this node loads."""
    if graph[node_id]["class_type"] == "LoadImageMask":
        output, by_alpha = 0, graph[node_id]["inputs"].get("channel") == "alpha"
    else:
        output = max(_used_outputs(wiring, node_id), default=0)
        by_alpha = output == _MASK_OUTPUT
    turned = _is_turned(graph, wiring, node_id, output)
    if by_alpha:
        return "opaque" if turned else "transparent"
    return "black" if turned else "white"


def _is_turned(graph: Graph, wiring: _Wiring, start: str, output: int) -> bool:
    """Whether the workflow swaps black and white on the way to the first node that uses the mask."""
    waiting = deque((consumer, False) for consumer, used in wiring.get(start, ()) if used == output)
    seen: set[str] = set()
    while waiting:
        node_id, turned = waiting.popleft()
        class_type = graph[node_id]["class_type"]
        if class_type in _USING:
            return turned
        if node_id not in seen:
            seen.add(node_id)
            turned ^= class_type in _TURNING
            waiting += [(consumer, turned) for consumer, _used in wiring.get(node_id, ())]
    return False
