"""Finished images over the websocket instead of through the server's disk. Pure."""

from collections.abc import Mapping
from typing import Final

from bot.workflows.graphs.graph import Graph, Node, link_source
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.outputs.output_files import OutputFile

_SENDERS: Final = ("SaveImageWebsocket", "ETN_SendImageWebSocket")
"""Node classes that send images as binary frames: one that comes with ComfyUI, one of comfyui-tooling-nodes."""
_SWITCHED: Final = {"SaveImage": "output", "PreviewImage": "temp"}
"""Node classes that are switched, and the `type` of the files they would have written."""
_SUFFIXES: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


def send_over_socket(graph: Graph, info: ObjectInfo) -> tuple[dict[str, Node], frozenset[str]]:
    """A copy of the graph whose SaveImage and PreviewImage nodes send their images over the socket instead, and the
    ids of all nodes that send. Where the server has no sender, the graph stays as it is.

    A node keeps its id and its title, so that stages and captions hold.
    """
    sender = sender_of(info)
    copied = dict(graph)
    if sender is not None:
        switched = {
            node_id: node["inputs"]["images"]
            for node_id, node in graph.items()
            if node["class_type"] in _SWITCHED and link_source(node["inputs"].get("images")) in graph
        }
        for node_id, node in graph.items():
            copied[node_id] = _rewired(node, switched)
        for node_id, images in switched.items():
            inputs = {"images": _unsaved(images, switched)}
            picture_format = info.input(sender, "format")
            if picture_format is not None and "PNG" in (picture_format.choices or ()):
                inputs["format"] = "PNG"
            copied[node_id] = {**graph[node_id], "class_type": sender, "inputs": inputs}
    return copied, senders_in(copied)


def sender_of(info: ObjectInfo) -> str | None:
    """The node class with which a server can send images over the socket. None if it has none."""
    return next((class_type for class_type in _SENDERS if info.knows(class_type)), None)


def senders_in(graph: Graph) -> frozenset[str]:
    """The nodes whose images come over the socket and are kept nowhere."""
    return frozenset(node_id for node_id, node in graph.items() if node["class_type"] in _SENDERS)


def keep_on_disk(graph: Graph) -> dict[str, Node]:
    """A copy of the graph in which every node that would send its images over the socket saves them as files."""
    return {
        node_id: {
            **node,
            "class_type": "SaveImage",
            "inputs": {"images": node["inputs"].get("images"), "filename_prefix": "darkroom"},
        }
        if node["class_type"] in _SENDERS
        else node
        for node_id, node in graph.items()
    }


def _rewired(node: Node, switched: Mapping[str, object]) -> Node:
    """Newer SaveImage nodes hand their images on, senders do not: a node that took images from one takes them from the
    node before it.

    A node that needs no change is the same object as before.
    """
    if not any(link_source(value) in switched for value in node["inputs"].values()):
        return node
    inputs = {name: _unsaved(value, switched) for name, value in node["inputs"].items()}
    return {**node, "inputs": inputs}


def _unsaved(value: object, switched: Mapping[str, object]) -> object:
    """The link's true source, through any number of save nodes in a row (a ring of them ends where it began)."""
    seen: set[str] = set()
    while (source := link_source(value)) in switched and source is not None and source not in seen:
        seen.add(source)
        value = switched[source]
    return value


def socket_file(graph: Graph, node_id: str, number: int, image_type: str) -> OutputFile:
    """An image that came over the socket, as if it were a file. `graph` is the one before the switch: what was a
    PreviewImage there left a preview.
    """
    node = graph.get(node_id)
    folder = _SWITCHED.get(node["class_type"], "output") if node is not None else "output"
    return OutputFile(node_id, f"{number}{_SUFFIXES.get(image_type, '.png')}", "", folder)
