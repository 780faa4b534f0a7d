"""Read a job's Server-Sent Events (WHATWG HTML, 9.2) and translate them into events of a run. Pure.

Each `progress` is whole. Its fraction may go back, so only its node and step count: `progress.Progress` weighs them.
"""

import base64
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.comfyui.api_v2.answers import read_file
from bot.comfyui.protocol.events import Event, Executed, Executing, ExecutionStart, Preview, Tick, image_type

_MOST_BYTES: Final = 8 * 2**20
"""Of one event. A preview is a small JPEG in base64."""
TERMINAL: Final = frozenset({"succeeded", "failed", "canceled", "expired"})


class EventReader:
    """Splits a stream of bytes into events, as pairs of name and data. What is larger than any event is dropped."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._name, self._data = "", bytearray()
        self._skipping = False

    def feed(self, piece: bytes) -> Iterator[tuple[str, bytes]]:
        """The events that are complete with this piece."""
        self._rest += piece
        *lines, rest = self._rest.replace(b"\r\n", b"\n").split(b"\n")
        self._rest = rest
        if len(rest) > _MOST_BYTES:
            self._rest.clear()
            self._skipping = True
        for line in lines:
            if line:
                self._take(bytes(line))
                continue
            if self._data and not self._skipping:
                yield self._name or "message", bytes(self._data)
            self._name, self._data, self._skipping = "", bytearray(), False

    def _take(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"data":
            if len(self._data) + len(value) > _MOST_BYTES:
                self._skipping = True
                self._data.clear()
            elif not self._skipping:
                self._data += (b"\n" if self._data else b"") + value


def read_data(data: bytes) -> Mapping[str, Any]:
    """The JSON object of an event; empty if it isn't one."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def translated(prompt_id: str, name: str, told: Mapping[str, Any]) -> tuple[Event, ...]:
    """What an event says about a run; nothing if it is unknown or malformed."""
    match name:
        case "status" if told.get("status") == "running":
            return (ExecutionStart(prompt_id),)
        case "progress":
            return tuple(_progress(prompt_id, told))
        case "preview":
            return tuple(_preview(prompt_id, told))
        case "output" if (file := read_file(told)) is not None:
            image = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
            return (Executed(prompt_id, file.node_id, {"images": [image]}),)
        case _:
            return ()


def _progress(prompt_id: str, told: Mapping[str, Any]) -> Iterator[Event]:
    node_id, step, steps = told.get("current_node"), told.get("step"), told.get("steps")
    if not isinstance(node_id, str):
        return
    yield Executing(prompt_id, node_id)
    if (
        isinstance(step, int | float)
        and isinstance(steps, int | float)
        and math.isfinite(step)
        and math.isfinite(steps)
    ):
        yield Tick(prompt_id, node_id, float(step), float(steps))


def _preview(prompt_id: str, told: Mapping[str, Any]) -> Iterator[Event]:
    node_id, data, kind = told.get("node_id"), told.get("data_base64"), told.get("content_type")
    if not isinstance(data, str):
        return
    try:
        image = base64.b64decode(data, validate=True)
    except ValueError:
        return
    if image:
        named = node_id if isinstance(node_id, str) and node_id else None
        yield Preview(prompt_id, named, image_type(kind if isinstance(kind, str) else "", image), image)
