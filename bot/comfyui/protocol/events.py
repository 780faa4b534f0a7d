"""Parse ComfyUI's websocket frames into typed events. Pure; an unknown or malformed frame is None, never an error.

Frames of ComfyUI 0.3: JSON texts `{type, data}`, and binary frames that begin with a big-endian u32 type.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

_TRACE_PIECES: Final = 200
"""Of a traceback, at most so many of the last pieces are read: usually a frame each."""


@dataclass(frozen=True, slots=True)
class Status:
    """How many prompts the server still has, running ones included. Sent to every client."""

    queue_remaining: int


@dataclass(frozen=True, slots=True)
class FeatureFlags:
    """The server's feature flags, sent in reply to ours."""

    flags: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Waking:
    """The server is getting ready for this prompt, which usually takes this long in seconds (None: unknown). No frame
    of ComfyUI's: it stands for servers that sleep while nobody needs them.
    """

    prompt_id: str
    usual_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ExecutionStart:
    """The server started this prompt."""

    prompt_id: str


@dataclass(frozen=True, slots=True)
class ExecutionCached:
    """These nodes will not run: the server has their results from an earlier run."""

    prompt_id: str
    node_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Executing:
    """A node started. `node_id` None: the prompt is over. After a reconnect `prompt_id` is missing."""

    prompt_id: str | None
    node_id: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A node has done `value` of `max` steps."""

    prompt_id: str | None
    node_id: str | None
    value: float
    max: float


@dataclass(frozen=True, slots=True)
class NodeProgress:
    """One node of a `ProgressState`; `state` is pending, running, finished or error."""

    node_id: str
    value: float
    max: float
    state: str


@dataclass(frozen=True, slots=True)
class ProgressState:
    """All nodes that have started so far, with their steps."""

    prompt_id: str
    nodes: tuple[NodeProgress, ...]


@dataclass(frozen=True, slots=True)
class Executed:
    """An output node is done; `output` is its result (see `bot.workflows.outputs.output_files`)."""

    prompt_id: str
    node_id: str
    output: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ExecutionSuccess:
    """All nodes ran. The history entry may be written a moment later."""

    prompt_id: str


@dataclass(frozen=True, slots=True)
class ExecutionError:
    """A node raised an exception. Its message may contain paths of the server and must not be shown to members."""

    prompt_id: str
    node_id: str
    class_type: str
    exception_type: str
    exception_message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class ExecutionInterrupted:
    """The prompt was interrupted while this node ran."""

    prompt_id: str
    node_id: str


@dataclass(frozen=True, slots=True)
class Preview:
    """An image on the socket: a sampler's preview, or the finished image of a websocket output node.

    Frames of type 1 have no ids; the `Stream` adds those of the node that is running.
    """

    prompt_id: str | None
    node_id: str | None
    image_type: str
    image: bytes


@dataclass(frozen=True, slots=True)
class NodeText:
    """A text that a node displays. Sent to every client."""

    node_id: str
    text: str


Event: TypeAlias = (
    Status
    | FeatureFlags
    | Waking
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
"""The first bytes of each image type. Anything else is taken for a JPEG."""


def parse_frame(frame: str | bytes) -> Event | None:
    """One frame as an event; None if it is unknown or malformed (new versions of ComfyUI add events)."""
    try:
        return _parse_binary(frame) if isinstance(frame, bytes) else _parse_text(frame)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, struct.error, RecursionError):
        return None


def _parse_binary(frame: bytes) -> Event | None:
    kind, second = struct.unpack_from(">II", frame)
    match kind:
        case 1:  # a preview, or the image of a websocket output node
            return Preview(None, None, _IMAGE_TYPES[second], frame[8:])
        case 3:  # a text: length of the node id, node id, text
            return NodeText(frame[8 : 8 + second].decode(), frame[8 + second :].decode())
        case 4:  # an image with metadata, for clients that asked for it
            meta = json.loads(frame[8 : 8 + second])
            node_id = str(meta.get("display_node_id") or meta["node_id"])
            image = frame[8 + second :]
            return Preview(
                _text_or_none(meta, "prompt_id"), node_id, image_type(_text(meta, "image_type"), image), image
            )
        case _:
            return None


def image_type(told: str, image: bytes) -> str:
    """The type becomes a file extension, so the server's word counts only if it is a known image type."""
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
    if not math.isfinite(number):  # Python's JSON accepts NaN and Infinity, which no progress bar can show
        raise ValueError(key)
    return number


def _node_progress(node: Mapping[str, object]) -> NodeProgress:
    node_id = node.get("display_node_id") or node["node_id"]
    return NodeProgress(str(node_id), _number(node, "value"), _number(node, "max"), str(node["state"]))


def read_error(data: Mapping[str, object]) -> ExecutionError:
    """An `execution_error`, which has the same form on the socket and in the history."""
    keys = ("prompt_id", "node_id", "node_type", "exception_type", "exception_message")
    lines = data.get("traceback")
    # A list of pieces with line ends, as Python's `traceback.format_tb` returns it.
    trace = "".join(one for one in lines[-_TRACE_PIECES:] if isinstance(one, str)) if isinstance(lines, list) else ""
    prompt_id, node_id, class_type, kind, message = (_field(data.get(key)) for key in keys)
    return ExecutionError(prompt_id, node_id, class_type, kind, message, trace)


def _field(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""
