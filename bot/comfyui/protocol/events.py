"""A websocket frame of ComfyUI -> a typed event. Pure, and total: what it does not know is None, never an error.

Frames as ComfyUI 0.3 sends them: JSON texts `{type, data}`, and binary ones that begin with a big-endian u32 type.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Status:
    """How many prompts the server still has, running ones included. Goes to everybody."""

    queue_remaining: int


@dataclass(frozen=True, slots=True)
class FeatureFlags:
    """The server's abilities, in reply to ours."""

    flags: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ExecutionStart:
    """The server began with this prompt."""

    prompt_id: str


@dataclass(frozen=True, slots=True)
class ExecutionCached:
    """These nodes need not run: their results are kept from an earlier run."""

    prompt_id: str
    node_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Executing:
    """A node began; `node_id` None: the prompt is over. After a reconnect it comes without a prompt_id."""

    prompt_id: str | None
    node_id: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A node did `value` of `max` steps."""

    prompt_id: str | None
    node_id: str | None
    value: float
    max: float


@dataclass(frozen=True, slots=True)
class NodeProgress:
    """One node within a `ProgressState`; `state` is pending, running, finished or error."""

    node_id: str
    value: float
    max: float
    state: str


@dataclass(frozen=True, slots=True)
class ProgressState:
    """All nodes that have begun so far, with their steps."""

    prompt_id: str
    nodes: tuple[NodeProgress, ...]


@dataclass(frozen=True, slots=True)
class Executed:
    """An output node is done; `output` is what it left (see `bot.workflows.outputs.output_files`)."""

    prompt_id: str
    node_id: str
    output: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ExecutionSuccess:
    """All nodes ran. The history entry may appear a moment later."""

    prompt_id: str


@dataclass(frozen=True, slots=True)
class ExecutionError:
    """A node raised. `message` may hold the server's paths: not for members' eyes."""

    prompt_id: str
    node_id: str
    class_type: str
    exception_type: str
    exception_message: str


@dataclass(frozen=True, slots=True)
class ExecutionInterrupted:
    """Somebody stopped the prompt while this node ran."""

    prompt_id: str
    node_id: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture on the socket: a sampler's preview, or a finished one of a websocket output node.

    Frames of type 1 carry no ids; whoever reads the socket knows what was executing.
    """

    prompt_id: str | None
    node_id: str | None
    image_type: str
    image: bytes


@dataclass(frozen=True, slots=True)
class NodeText:
    """A line that a node wants shown. Goes to everybody."""

    node_id: str
    text: str


Event: TypeAlias = (
    Status
    | FeatureFlags
    | ExecutionStart
    | ExecutionCached
    | Executing
    | Tick
    | ProgressState
    | Executed
    | ExecutionSuccess
    | ExecutionError
    | ExecutionInterrupted
    | Preview
    | NodeText
)

_IMAGE_TYPES: Final = {1: "image/jpeg", 2: "image/png"}
_SIGNATURES: Final = {b"\x89PNG": "image/png", b"RIFF": "image/webp", b"GIF8": "image/gif"}
"""How an image of each type begins; it is a JPEG otherwise."""


def parse_frame(frame: str | bytes) -> Event | None:
    """One frame -> its event; None for what is unknown or malformed (servers add events with every version)."""
    try:
        return _parse_binary(frame) if isinstance(frame, bytes) else _parse_text(frame)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, struct.error, RecursionError):
        return None


def _parse_binary(frame: bytes) -> Event | None:
    kind, second = struct.unpack_from(">II", frame)
    match kind:
        case 1:  # a preview, or a picture of a websocket output node
            return Preview(None, None, _IMAGE_TYPES[second], frame[8:])
        case 3:  # a text: the length of the node's id, the id, the text
            return NodeText(frame[8 : 8 + second].decode(), frame[8 + second :].decode())
        case 4:  # the same with metadata, for sockets that asked for it
            meta = json.loads(frame[8 : 8 + second])
            node_id = str(meta.get("display_node_id") or meta["node_id"])
            image = frame[8 + second :]
            return Preview(
                _text_or_none(meta, "prompt_id"), node_id, _image_type(_text(meta, "image_type"), image), image
            )
        case _:
            return None


def _image_type(told: str, image: bytes) -> str:
    """What is told becomes a file's name: it is believed where it is a type of an image that there is."""
    if told in {"image/jpeg", *_SIGNATURES.values()}:
        return told
    return _SIGNATURES.get(image[:4], "image/jpeg")


def _parse_text(frame: str) -> Event | None:
    message = json.loads(frame)
    data = message["data"]
    match message["type"]:
        case "progress_state":
            return ProgressState(_text(data, "prompt_id"), tuple(map(_node_progress, data["nodes"].values())))
        case "progress":
            prompt_id, node_id = _text_or_none(data, "prompt_id"), _text_or_none(data, "node")
            return Tick(prompt_id, node_id, _number(data, "value"), _number(data, "max"))
        case "executing":
            shown = "display_node" if data.get("display_node") else "node"
            node_id = _text(data, shown) if data[shown] is not None else None
            return Executing(_text_or_none(data, "prompt_id"), node_id)
        case "executed":
            return Executed(_text(data, "prompt_id"), _text(data, "node"), dict(data.get("output") or {}))
        case "status":
            return Status(int(data["status"]["exec_info"]["queue_remaining"]))
        case "execution_start":
            return ExecutionStart(_text(data, "prompt_id"))
        case "execution_cached":
            return ExecutionCached(_text(data, "prompt_id"), tuple(map(str, data["nodes"])))
        case "execution_success":
            return ExecutionSuccess(_text(data, "prompt_id"))
        case "execution_error":
            return read_error(data)
        case "execution_interrupted":
            return ExecutionInterrupted(_text(data, "prompt_id"), str(data["node_id"]))
        case "feature_flags":
            return FeatureFlags(dict(data))
        case _:
            return None


def _text(fields: Mapping[str, object], key: str) -> str:
    if not isinstance(text := fields[key], str):
        raise TypeError(key)
    return text


def _text_or_none(fields: Mapping[str, object], key: str) -> str | None:
    return None if fields.get(key) is None else _text(fields, key)


def _number(fields: Mapping[str, object], key: str) -> float:
    number = float(str(fields[key]))
    if not math.isfinite(number):  # Python reads NaN and Infinity from JSON; a bar cannot show them
        raise ValueError(key)
    return number


def _node_progress(node: Mapping[str, object]) -> NodeProgress:
    node_id = node.get("display_node_id") or node["node_id"]
    return NodeProgress(str(node_id), _number(node, "value"), _number(node, "max"), str(node["state"]))


def read_error(data: Mapping[str, object]) -> ExecutionError:
    """`execution_error` as the socket sends it and as the history keeps it."""
    return ExecutionError(
        *(_said(data.get(key)) for key in ("prompt_id", "node_id", "node_type", "exception_type", "exception_message"))
    )


def _said(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""
