"""What ComfyUI's HTTP answers mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.comfyui.events import ExecutionError, read_error
from bot.errors import ComfyError, Interrupted, NodeFailed, NodeFault, OutOfMemory, Rejected
from bot.workflows import Graph, OutputFile, OutputText, output_files, output_texts, sent_over_socket


@dataclass(frozen=True, slots=True)
class Finished:
    """How a prompt ended. A failed one still has the `files` and `texts` that were finished before it failed.

    `sent` is how many images a node says that it sent over the socket. `seconds`: how long the server worked on it, by
    its own clock, where it says so.
    """

    files: tuple[OutputFile, ...]
    error: ComfyError | None
    texts: tuple[OutputText, ...] = ()
    sent: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None


def read_finished(entry: Mapping[str, Any]) -> Finished:
    """One entry of `/history`."""
    outputs = entry.get("outputs") or {}
    files = tuple(file for node_id, output in outputs.items() for file in output_files(node_id, output))
    texts = tuple(text for node_id, output in outputs.items() for text in output_texts(node_id, output))
    sent = {node_id: count for node_id, output in outputs.items() if (count := sent_over_socket(output))}
    status = entry.get("status") or {}
    failed = status.get("status_str", "success") != "success"
    messages = status.get("messages") or ()
    return Finished(files, _error(messages) if failed else None, texts, sent, _seconds(messages))


def _seconds(messages: Iterable[Sequence[Any]]) -> float | None:
    """From the start of its execution to its end; both are told in milliseconds since 1970."""
    times = {name: data.get("timestamp") for name, data in messages if isinstance(data, dict)}
    start, end = times.get("execution_start"), times.get("execution_success")
    if isinstance(start, int | float) and isinstance(end, int | float):
        return max(0.0, (end - start) / 1000)
    return None


def _error(messages: Iterable[Sequence[Any]]) -> ComfyError:
    for name, data in messages:
        if name == "execution_interrupted":
            return Interrupted()
        if name == "execution_error":
            return node_failure(read_error(data))
    return NodeFailed("", "", "", "the server did not say why")


def node_failure(event: ExecutionError) -> NodeFailed:
    """The error that an `execution_error` tells of; running out of memory has a leaf of its own."""
    kind = event.exception_type.rsplit(".", 1)[-1]
    memory = kind in {"OutOfMemoryError", "OOM_EXCEPTION", "MemoryError"} or (
        re.search(r"out of memory|can't allocate memory", event.exception_message, re.IGNORECASE) is not None
    )
    leaf = OutOfMemory if memory else NodeFailed
    return leaf(event.node_id, event.class_type, event.exception_type, event.exception_message)


def read_rejection(answer: Mapping[str, Any], graph: Graph) -> Rejected:
    """A body with `error` and `node_errors`, about `graph`. Which of the two holds the details depends on the fault."""
    error = answer.get("error")
    if not isinstance(error, dict):
        error = {"type": "error", "message": str(error or "")}
    node_errors = answer.get("node_errors")
    faults = tuple(
        NodeFault(
            node_id=str(node_id),
            class_type=str(node.get("class_type", "")),
            type=str(fault.get("type", "")),
            message=str(fault.get("message", "")),
            details=str(fault.get("details", "")),
            input_name=(fault.get("extra_info") or {}).get("input_name"),
            received=(fault.get("extra_info") or {}).get("received_value"),
            outputs=tuple(map(str, node.get("dependent_outputs") or ())),
        )
        for node_id, node in (node_errors.items() if isinstance(node_errors, dict) else ())
        for fault in node.get("errors") or ()
    )
    return Rejected(str(error.get("type", "")), str(error.get("message", "")), faults or _unknown_class(error, graph))


def _unknown_class(error: Mapping[str, Any], graph: Graph) -> tuple[NodeFault, ...]:
    """An unknown node class is told the other way round: in `error`, whose details hold "Node ID '#9'"."""
    details = str(error.get("details", ""))
    found = re.fullmatch(r"Node ID '#(.+)'", details)
    if found is None or found[1] not in graph:
        return ()
    class_type = graph[found[1]]["class_type"]
    return (NodeFault(found[1], class_type, "missing_node_type", str(error.get("message", "")), details),)


def read_prompt_ids(entries: Iterable[Sequence[Any]]) -> frozenset[str]:
    """The prompt_ids of `queue_running` or `queue_pending`: lists of `[number, prompt_id, prompt, ...]`."""
    return frozenset(str(entry[1]) for entry in entries)
