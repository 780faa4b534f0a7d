"""A bound graph that can be handed out: it runs in another ComfyUI, and reveals nothing about this one. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.errors import BindError
from bot.workflows.binding.binding import bind
from bot.workflows.graphs.graph import Graph, Node
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.manifests.pack import Pack

_GIVEN: Final[Mapping[str, str]] = {"image": "picture.png", "video": "video.mp4", "audio": "audio.wav"}
"""What stands where a member's file went in, by its kind."""
_PLACE: Final = re.compile(r"(?:[A-Za-z]:[\\/]|[\\/~]|\w+://)\S*")
"""A path from a disk's root, or an address."""


def shareable_graph(pack: Pack, values: Mapping[str, object], info: ObjectInfo | None) -> dict[str, Node] | None:
    """The graph that these values make, in ComfyUI's API format; None where they no longer fit the pack.

    `info` is the server that ran it: it may have chosen a model itself.
    """
    safe = replace(pack, graph=without_places(pack.graph))
    files = {name: _GIVEN[parameter.type] for name, parameter in pack.offered.items() if parameter.takes_file}
    given = {name: files.get(name, value) for name, value in values.items()}
    for known in (info, None) if info is not None else (None,):
        try:
            return bind(safe, given, known)
        except BindError:
            continue
    return None


def without_places(graph: Graph) -> dict[str, Node]:
    """The graph with nothing but the last part of any path or address in it."""
    safe: dict[str, Node] = {}
    for node_id, node in graph.items():
        copied = node.copy()
        copied["inputs"] = {name: _last_part(value) for name, value in node["inputs"].items()}
        safe[node_id] = copied
    return safe


def _last_part(value: object) -> object:
    if not isinstance(value, str) or not _PLACE.fullmatch(value.strip()):
        return value
    return re.split(r"[\\/]", value.strip().rstrip("\\/"))[-1] if "://" not in value else ""
