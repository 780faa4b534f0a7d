"""Everything that a ComfyUI 0.33.0 knows, and graphs made from it as its editor would export them."""

import json
import lzma
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.workflows import ObjectInfo
from bot.workflows.graphs.graph import Node

_FILE = Path(__file__).with_name("object_info-0.33.0.json.xz")

Entry = Mapping[str, Any]


@cache
def recorded() -> Mapping[str, Entry]:
    """The whole `/object_info`, in its order."""
    known: Mapping[str, Entry] = json.loads(lzma.decompress(_FILE.read_bytes()))
    return known


def info_of(raw: Mapping[str, object]) -> ObjectInfo:
    """The answer of a server that has these classes."""
    return ObjectInfo(json.dumps(raw).encode())


@cache
def known() -> ObjectInfo:
    return info_of(recorded())


def specs(class_type: str) -> dict[str, tuple[bool, Any, Mapping[str, Any]]]:
    """Name -> required, type (a list is an old combo box), config; in the order that gives inputs their meaning."""
    entry = recorded()[class_type]["input"]
    return {
        name: (section == "required", spec[0], spec[1] if len(spec) > 1 else {})
        for section in ("required", "optional")
        for name, spec in entry.get(section, {}).items()
    }


def own_value(kind: Any, config: Mapping[str, Any]) -> object:  # noqa: ANN401 - as the server sent it
    """What the editor puts into a widget at first; None for an input without one."""
    choices = kind if isinstance(kind, list) else config.get("options") if kind == "COMBO" else None
    if choices is not None:
        return config.get("default", choices[0] if choices else "some.safetensors")
    plain: dict[str, object] = {"INT": 0, "FLOAT": 0.0, "STRING": "", "BOOLEAN": False}
    return config.get("default", plain.get(kind)) if isinstance(kind, str) and kind in plain else None


class Drawing:
    """A graph that is drawn node by node. An input is a value or what `add` gave back, which is its first output."""

    def __init__(self) -> None:
        self.graph: dict[str, Node] = {}

    def add(self, class_type: str, title: str | None = None, /, **inputs: object) -> list[object]:
        """A node with what the editor fills in; a class that ComfyUI does not know has just these inputs."""
        node_id = str(len(self.graph) + 1)
        given = dict(inputs)
        filled: dict[str, object] = {}
        for name, (required, kind, config) in (specs(class_type) if class_type in recorded() else {}).items():
            value = given.pop(name, own_value(kind, config) if required else None)
            if value is not None:
                filled[name] = value
        display = recorded().get(class_type, {}).get("display_name") or class_type
        self.graph[node_id] = {
            "class_type": class_type,
            "inputs": filled | given,
            "_meta": {"title": title or display},
        }
        return [node_id, 0]


def output(link: list[object], number: int) -> list[object]:
    """Another output of the same node."""
    return [link[0], number]
