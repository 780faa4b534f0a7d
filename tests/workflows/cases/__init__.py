"""Files that once fell short, and the ComfyUI on Windows that they were tried on."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from bot.workflows import ObjectInfo
from tests.workflows.known import info_of, recorded

FOLDER = Path(__file__).parent


def graph(name: str) -> dict[str, Any]:
    """A workflow of this folder."""
    found: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return found


@cache
def windows() -> ObjectInfo:
    """A server on Windows, with custom nodes."""
    return info_of({**recorded(), **graph("patch_windows.json"), **_INT_PICK})


@cache
def linux() -> ObjectInfo:
    """The same on Linux."""
    text = json.dumps({**recorded(), **graph("patch_windows.json")})
    return info_of(json.loads(text.replace("\\\\", "/")))


_INT_PICK = {
    "IntPick": {
        "input": {"required": {"image": ["IMAGE"], "scale": [[1, 2, 4, 8], {}]}},
        "output": ["IMAGE"],
        "output_node": False,
        "python_module": "custom_nodes.odd",
    }
}
