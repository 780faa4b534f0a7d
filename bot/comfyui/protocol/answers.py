"""What ComfyUI's HTTP answers mean. Pure, and total: what is of another shape is as good as not there."""

from __future__ import annotations

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
from bot.redaction import redacted
from bot.workflows import Graph, OutputFile, OutputText, read_outputs

_PAIR: Final = 2
_LONGEST_NAME: Final = 200
"""Characters of a class or of a node's id, which is a path through the subgraphs that it is in."""
_MOST_FAULTS: Final = 100
"""Of a refused graph; far fewer are told."""


class Place(Enum):
    """Where a server has a prompt."""

    PENDING = "pending"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the server said to an accepted graph.

    `node_faults` names output nodes that it will skip silently, because only a part of the graph is valid.
    """

    prompt_id: str
    node_faults: tuple[NodeFault, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """How a prompt ended. A failed one still has the `files` and `texts` that were finished before it failed.

    `sent` is how many images a node says that it sent over the socket. `seconds`: how long the server worked on it, by
    its own clock, where it says so. `spare_texts` are worth showing where there is nothing else.
    `cached` nodes did not run: the server had their results from an earlier run.
    """

    files: tuple[OutputFile, ...]
    error: ComfyError | None
    texts: tuple[OutputText, ...] = ()
    sent: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    spare_texts: tuple[OutputText, ...] = ()
    cached: frozenset[str] = frozenset()


def read_finished(entry: Mapping[str, Any]) -> Finished:
    """One entry of `/history`, whatever is in it."""
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
    """Whether a run ended badly. What is no word of ComfyUI's (`success`, `error`) is judged by what happened."""
    word = status.get("status_str")
    if word in ("success", "error"):
        return bool(word == "error")
    failures = "execution_error", "execution_interrupted"
    return status.get("completed", word is None) is not True or any(name in failures for name, _ in messages)


def _messages(found: object) -> list[tuple[object, Mapping[str, Any]]]:
    """The events that a history keeps: pairs of a name and data."""
    pairs = found if isinstance(found, list | tuple) else ()
    return [(pair[0], pair[1]) for pair in pairs if isinstance(pair, list | tuple) and _is_event(pair)]


def _is_event(pair: Sequence[object]) -> bool:
    return len(pair) == _PAIR and isinstance(pair[1], dict)


def _seconds(messages: Iterable[tuple[object, Mapping[str, Any]]]) -> float | None:
    """From the start of its execution to its end; both are told in milliseconds since 1970."""
    times = {name: data.get("timestamp") for name, data in messages if isinstance(name, str)}
    start, end = times.get("execution_start"), times.get("execution_success")
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
    """The error that an `execution_error` tells of; running out of memory has a leaf of its own."""
    kind = kind_of_failure(event.exception_type, event.exception_message)
    leaf = OutOfMemory if kind is FailureKind.OUT_OF_MEMORY else NodeFailed
    return leaf(
        event.node_id[:_LONGEST_NAME],
        redacted(event.class_type, _LONGEST_NAME),
        redacted(event.exception_type, _LONGEST_NAME),
        redacted(event.exception_message),
        kind,
    )


def in_one_line(error: DarkroomError) -> str:
    """An error for the log: some of them quote a server."""
    return redacted(str(error)) or type(error).__name__


def cause_of(error: DarkroomError) -> str | None:
    """What a server said about this error, in one line for moderators; None where it said nothing."""
    return in_one_line(error) if isinstance(error, NodeFailed | Refused | Rejected | Unreachable) else None


def read_rejection(answer: Mapping[str, Any], graph: Graph) -> Rejected:
    """A body with `error` and `node_errors`, about `graph`. Which of the two holds the details depends on the fault."""
    error = answer.get("error")
    if not isinstance(error, dict):
        error = {"type": "error", "message": error if isinstance(error, str) else ""}
    faults = tuple(itertools.islice(_node_faults(answer.get("node_errors")), _MOST_FAULTS))
    return Rejected(_words(error, "type"), _words(error, "message"), faults or _unknown_class(error, graph))


def _node_faults(node_errors: object) -> Iterator[NodeFault]:
    for node_id, node in _object(node_errors).items():
        about = _object(node)
        errors, outputs = about.get("errors"), about.get("dependent_outputs")
        for fault in map(_object, errors if isinstance(errors, list) else ()):
            extra = _object(fault.get("extra_info"))
            received = extra.get("received_value")
            yield NodeFault(
                node_id=str(node_id)[:_LONGEST_NAME],
                class_type=_words(about, "class_type"),
                type=_words(fault, "type"),
                message=_words(fault, "message"),
                details=_words(fault, "details"),
                input_name=_words(extra, "input_name") or None,
                received=received if isinstance(received, str | int | float) else None,
                outputs=tuple(out for out in outputs if isinstance(out, str)) if isinstance(outputs, list) else (),
            )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(value: Mapping[str, Any], key: str) -> str:
    """What a server says, as it may be logged and shown."""
    return redacted(text) if isinstance(text := value.get(key), str) else ""


def _unknown_class(error: Mapping[str, Any], graph: Graph) -> tuple[NodeFault, ...]:
    """An unknown node class is told the other way round: in `error`, whose details hold "Node ID '#9'"."""
    details = error.get("details")
    found = re.fullmatch(r"Node ID '#(.+)'", details) if isinstance(details, str) else None
    if found is None or found[1] not in graph:
        return ()
    class_type = graph[found[1]]["class_type"]
    return (NodeFault(found[1], class_type, "missing_node_type", _words(error, "message"), found[0]),)


def read_prompt_ids(entries: object) -> frozenset[str]:
    """The prompt_ids of `queue_running` or `queue_pending`: lists of `[number, prompt_id, prompt, ...]`.

    Raises `TypeError` where that is no list at all.
    """
    if not isinstance(entries, list | tuple):
        raise TypeError
    return frozenset(entry[1] for entry in entries if isinstance(entry, list | tuple) and _names_prompt(entry))


def _names_prompt(entry: Sequence[object]) -> bool:
    return len(entry) >= _PAIR and isinstance(entry[1], str)
