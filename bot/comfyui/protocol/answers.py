"""Parse ComfyUI's HTTP answers. Pure, and never raises for a malformed part: that part counts as missing."""

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from bot.comfyui.protocol.events import ExecutionError, read_error
from bot.comfyui.protocol.failure_causes import kind_of_failure
from bot.errors import (
    ComfyError,
    DarkroomError,
    FailureKind,
    Interrupted,
    NodeFailed,
    NodeFault,
    OutOfMemory,
    Refused,
    Rejected,
    Unreachable,
)
from bot.redaction import redacted, redacted_lines
from bot.workflows import Graph, OutputFile, OutputText, read_outputs

_PAIR: Final = 2
_ENDS: Final = ("execution_success", "execution_error", "execution_interrupted")
_LONGEST_NAME: Final = 200
"""Characters of a node class or node id. An id includes the path through its subgraphs."""
_MESSAGE_LINES: Final = 20
_TRACE_LINES: Final = 60
"""Lines of an exception's message and of its traceback that are kept."""
_MOST_FAULTS: Final = 100
"""How many faults of a rejected graph are read. Far fewer are shown."""


class Place(Enum):
    """Where the server has a prompt."""

    PENDING = "pending"
    WAKING = "waking"
    """Accepted by a server that has to wake for it first."""
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Submitted:
    """The server's answer to an accepted graph.

    `node_faults` lists output nodes that the server will skip silently, because only part of the graph is valid.
    """

    prompt_id: str
    node_faults: tuple[NodeFault, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """How a prompt ended. A failed prompt keeps the `files` and `texts` that were finished before it failed.

    `sent`: how many images each node says it sent over the socket. `seconds`: how long the server worked on it, by its
    own clock, if it says so; `waking_seconds`: how long it took to wake up for it, if that is paid for.
    `spare_texts`: worth showing only if there is no other output. `cached`: nodes that did not run, because the server
    had their results from an earlier run.
    """

    files: tuple[OutputFile, ...]
    error: ComfyError | None
    texts: tuple[OutputText, ...] = ()
    sent: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    spare_texts: tuple[OutputText, ...] = ()
    cached: frozenset[str] = frozenset()
    waking_seconds: float | None = None


def read_finished(entry: Mapping[str, Any]) -> Finished:
    """Parse one entry of `/history`, whatever it contains."""
    outputs = read_outputs(entry.get("outputs"))
    status = _object(entry.get("status"))
    messages = _messages(status.get("messages"))
    failed = _failed(status, messages)
    return Finished(
        outputs.files,
        _error(messages) if failed else None,
        outputs.texts,
        outputs.sent,
        _seconds(messages),
        outputs.spare_texts,
        _cached(messages),
    )


def _failed(status: Mapping[str, Any], messages: Iterable[tuple[object, Mapping[str, Any]]]) -> bool:
    """Whether a run failed. A status other than ComfyUI's `success` and `error` is decided by the run's events."""
    word = status.get("status_str")
    if word in ("success", "error"):
        return bool(word == "error")
    failures = "execution_error", "execution_interrupted"
    return status.get("completed", word is None) is not True or any(name in failures for name, _ in messages)


def _messages(found: object) -> list[tuple[object, Mapping[str, Any]]]:
    """The events in a history entry, as pairs of name and data."""
    pairs = found if isinstance(found, list | tuple) else ()
    return [(pair[0], pair[1]) for pair in pairs if isinstance(pair, list | tuple) and _is_event(pair)]


def _is_event(pair: Sequence[object]) -> bool:
    return len(pair) == _PAIR and isinstance(pair[1], dict)


def _seconds(messages: Iterable[tuple[object, Mapping[str, Any]]]) -> float | None:
    """Seconds from the start to the end of its execution. The server's timestamps are milliseconds since 1970."""
    times = {name: data.get("timestamp") for name, data in messages if isinstance(name, str)}
    start, end = times.get("execution_start"), next((times[name] for name in _ENDS if name in times), None)
    if isinstance(start, int | float) and isinstance(end, int | float):
        try:
            seconds = float(end - start) / 1000
        except OverflowError:
            return None
        return max(0.0, seconds) if math.isfinite(seconds) else None
    return None


def _cached(messages: Iterable[tuple[object, Mapping[str, Any]]]) -> frozenset[str]:
    told = (data.get("nodes") for name, data in messages if name == "execution_cached")
    return frozenset(node for nodes in told if isinstance(nodes, list) for node in nodes if isinstance(node, str))


def _error(messages: Iterable[tuple[object, Mapping[str, Any]]]) -> ComfyError:
    for name, data in messages:
        if name == "execution_interrupted":
            return Interrupted()
        if name == "execution_error":
            return node_failure(read_error(data))
    return NodeFailed("", "", "", "the server did not say why")


def node_failure(event: ExecutionError) -> NodeFailed:
    """The error for an `execution_error` event; running out of memory has a class of its own."""
    kind = kind_of_failure(event.exception_type, event.exception_message)
    leaf = OutOfMemory if kind is FailureKind.OUT_OF_MEMORY else NodeFailed
    return leaf(
        event.node_id[:_LONGEST_NAME],
        redacted(event.class_type, _LONGEST_NAME),
        redacted(event.exception_type, _LONGEST_NAME),
        redacted(event.exception_message),
        kind,
        redacted_lines(event.exception_message, _MESSAGE_LINES),
        redacted_lines(event.traceback, _TRACE_LINES, last=True),
    )


def in_one_line(error: DarkroomError) -> str:
    """An error on one line for the log, redacted, since some errors quote the server."""
    return redacted(str(error)) or type(error).__name__


def cause_of(error: DarkroomError) -> str | None:
    """What the server said about this error, on one line for moderators; None if it said nothing."""
    return in_one_line(error) if isinstance(error, NodeFailed | Refused | Rejected | Unreachable) else None


def read_rejection(answer: Mapping[str, Any], graph: Graph) -> Rejected:
    """Parse an answer with `error` and `node_errors` about `graph`. The kind of fault decides which has the details."""
    error = answer.get("error")
    if not isinstance(error, dict):
        error = {"type": "error", "message": error if isinstance(error, str) else ""}
    faults = tuple(itertools.islice(_node_faults(answer.get("node_errors")), _MOST_FAULTS))
    return Rejected(_server_text(error, "type"), _server_text(error, "message"), faults or _unknown_class(error, graph))


def _node_faults(node_errors: object) -> Iterator[NodeFault]:
    for node_id, node in _object(node_errors).items():
        about = _object(node)
        errors, outputs = about.get("errors"), about.get("dependent_outputs")
        for fault in map(_object, errors if isinstance(errors, list) else ()):
            extra = _object(fault.get("extra_info"))
            received = extra.get("received_value")
            yield NodeFault(
                node_id=str(node_id)[:_LONGEST_NAME],
                class_type=_server_text(about, "class_type"),
                type=_server_text(fault, "type"),
                message=_server_text(fault, "message"),
                details=_server_text(fault, "details"),
                input_name=_server_text(extra, "input_name") or None,
                received=received if isinstance(received, str | int | float) else None,
                outputs=tuple(out for out in outputs if isinstance(out, str)) if isinstance(outputs, list) else (),
            )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _server_text(value: Mapping[str, Any], key: str) -> str:
    """A text from the server, redacted so that it can be logged and shown."""
    return redacted(text) if isinstance(text := value.get(key), str) else ""


def _unknown_class(error: Mapping[str, Any], graph: Graph) -> tuple[NodeFault, ...]:
    """The fault for an unknown node class. ComfyUI reports it in `error`, whose details hold "Node ID '#9'"."""
    details = error.get("details")
    found = re.fullmatch(r"Node ID '#(.+)'", details) if isinstance(details, str) else None
    if found is None or found[1] not in graph:
        return ()
    class_type = graph[found[1]]["class_type"]
    return (NodeFault(found[1], class_type, "missing_node_type", _server_text(error, "message"), found[0]),)
