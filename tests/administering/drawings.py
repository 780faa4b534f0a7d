"""Workflows as ComfyUI's editor saves them, made by hand: nodes with widgets, links as rows."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any, Final

Drawing = dict[str, Any]

MUTED: Final = 2
BYPASSED: Final = 4
SUBGRAPH: Final = "5f0c1a52-made-up-subgraph"


def node(
    node_id: int,
    kind: str,
    inputs: Iterable[tuple[str, str, int | None]] = (),
    outputs: Iterable[tuple[str, Sequence[int]]] = (),
    widgets: Iterable[object] = (),
    **more: object,
) -> Drawing:
    return {
        "id": node_id,
        "type": kind,
        "mode": 0,
        "inputs": [{"name": name, "type": type_, "link": link} for name, type_, link in inputs],
        "outputs": [{"name": type_, "type": type_, "links": list(links)} for type_, links in outputs],
        "widgets_values": list(widgets),
        **more,
    }


def drawing() -> Drawing:
    """Text to image, with a reroute, a primitive for the steps, a bypassed LoRA, a muted preview and a note."""
    nodes = [
        node(4, "CheckpointLoaderSimple", (), (("MODEL", [1]), ("CLIP", [3, 5]), ("VAE", [8])), ["tiny.safetensors"]),
        node(5, "EmptyLatentImage", (), (("LATENT", [2]),), [64, 64, 1]),
        node(6, "CLIPTextEncode", [("clip", "CLIP", 3)], (("CONDITIONING", [14]),), ["a fox"], title="My prompt"),
        node(7, "CLIPTextEncode", [("clip", "CLIP", 5)], (("CONDITIONING", [6]),), ["blurred"]),
        node(10, "Reroute", [("", "*", 14)], (("", [4]),)),
        node(12, "PrimitiveNode", (), (("INT", [15]),), [3, "fixed"]),
        node(
            11,
            "LoraLoader",
            [("model", "MODEL", 1), ("clip", "CLIP", None)],
            (("MODEL", [16]), ("CLIP", [])),
            ["fur.safetensors", 1.0, 1.0],
            mode=BYPASSED,
        ),
        node(
            3,
            "KSampler",
            [
                ("model", "MODEL", 16),
                ("positive", "CONDITIONING", 4),
                ("negative", "CONDITIONING", 6),
                ("latent_image", "LATENT", 2),
                ("steps", "INT", 15),
            ],
            (("LATENT", [7]),),
            [42, "randomize", 20, 7.0, "euler", "normal", 1.0],
        ),
        node(8, "VAEDecode", [("samples", "LATENT", 7), ("vae", "VAE", 8)], (("IMAGE", [9, 10]),)),
        node(9, "SaveImage", [("images", "IMAGE", 9)], (), ["drawn"]),
        node(13, "PreviewImage", [("images", "IMAGE", 10)], mode=MUTED),
        node(14, "Note", widgets=["remember the milk"]),
        node(15, "Group Buttons (some extension)"),
    ]
    links = [
        [1, 4, 0, 11, 0, "MODEL"],
        [2, 5, 0, 3, 3, "LATENT"],
        [3, 4, 1, 6, 0, "CLIP"],
        [4, 10, 0, 3, 1, "CONDITIONING"],
        [5, 4, 1, 7, 0, "CLIP"],
        [6, 7, 0, 3, 2, "CONDITIONING"],
        [7, 3, 0, 8, 0, "LATENT"],
        [8, 4, 2, 8, 1, "VAE"],
        [9, 8, 0, 9, 0, "IMAGE"],
        [10, 8, 0, 13, 0, "IMAGE"],
        [14, 6, 0, 10, 0, "*"],
        [15, 12, 0, 3, 4, "INT"],
        [16, 11, 0, 3, 0, "MODEL"],
    ]
    return {"last_node_id": 15, "last_link_id": 16, "nodes": nodes, "links": links, "version": 0.4, "extra": {}}


def with_subgraph() -> Drawing:
    """The same, its prompt's encoder inside a subgraph that shows the text as a widget of its own."""
    drawn = copy.deepcopy(drawing())
    instance = find(drawn, 6)
    instance["type"] = SUBGRAPH
    instance["inputs"].append({"name": "text", "type": "STRING", "widget": {"name": "text"}, "link": None})
    instance["widgets_values"] = ["a fox in a subgraph"]
    inner = node(1, "CLIPTextEncode", [("clip", "CLIP", 1)], (("CONDITIONING", [2]),), ["stale"], title="Inner")
    inner["inputs"].append({"name": "text", "type": "STRING", "widget": {"name": "text"}, "link": 3})
    definition = {
        "id": SUBGRAPH,
        "name": "Encoder",
        "inputNode": {"id": -10},
        "outputNode": {"id": -20},
        "inputs": [
            {"id": "in-1", "name": "clip", "type": "CLIP", "linkIds": [1]},
            {"id": "in-2", "name": "text", "type": "STRING", "linkIds": [3]},
        ],
        "outputs": [{"id": "out-1", "name": "CONDITIONING", "type": "CONDITIONING", "linkIds": [2]}],
        "nodes": [inner],
        "links": [
            _inner(1, -10, 0, 1, 0, "CLIP"),
            _inner(2, 1, 0, -20, 0, "CONDITIONING"),
            _inner(3, -10, 1, 1, 1, "STRING"),
        ],
    }
    drawn["definitions"] = {"subgraphs": [definition]}
    return drawn


def nested(depth: int, width: int) -> Drawing:
    """Subgraphs in subgraphs: width to the power of depth nodes."""
    subgraphs = [
        {
            "id": f"level-{level}",
            "inputs": [],
            "outputs": [],
            "links": [],
            "nodes": [node(number, f"level-{level + 1}") for number in range(width)],
        }
        for level in range(depth)
    ]
    return {"nodes": [node(1, "level-0")], "links": [], "definitions": {"subgraphs": subgraphs}}


def find(drawn: Drawing, node_id: int) -> Drawing:
    found: Drawing = next(one for one in drawn["nodes"] if one["id"] == node_id)
    return found


def _inner(link_id: int, origin: int, slot: int, target: int, target_slot: int, type_: str) -> Drawing:
    return {
        "id": link_id,
        "origin_id": origin,
        "origin_slot": slot,
        "target_id": target,
        "target_slot": target_slot,
        "type": type_,
    }
