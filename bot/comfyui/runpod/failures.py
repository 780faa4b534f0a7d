"""Why a job failed, from the texts that worker-comfyui (`handler.py`) makes of ComfyUI's answers. Pure.

The worker hands over no structure. Its texts quote ComfyUI's: the node that raised, or each node's faults as Python
writes a dict. What does not have this form stays one line for moderators.
"""

import ast
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.comfyui.protocol.answers import node_failure, read_rejection
from bot.comfyui.protocol.events import ExecutionError
from bot.errors import ComfyError, FailureKind, NodeFailed, Rejected
from bot.workflows import Graph

_MOST: Final = 2**16
"""Characters of a text that are read."""
_NODE_FAILED: Final = re.compile(
    r"Node Type: (?P<class_type>.{0,200}?), Node ID: (?P<node_id>.{0,200}?), Message: (?P<message>.*)", re.DOTALL
)
_NODE_FAULT: Final = re.compile(r"^• Node (?P<node_id>\S+) \((?P<key>[a-z_]+)\): (?P<value>.*)$", re.MULTILINE)
_RAW: Final = re.compile(r"Raw response: (\{.*\})", re.DOTALL)
_READ_AS_PYTHON: Final = frozenset({"errors", "dependent_outputs"})


def failure_of(texts: Iterable[str]) -> ComfyError:
    """The error that these texts of one job tell: a graph that ComfyUI refused, or a node that raised."""
    said = [text[:_MOST] for text in texts if text.strip()]
    for text in said:
        if found := _NODE_FAILED.search(text):
            return node_failure(ExecutionError("", found["node_id"], found["class_type"], "", found["message"]))
        if (refused := _rejection(text)) is not None:
            return refused
    return _raised(said[-1] if said else "RunPod did not say why")


def stopped_after(seconds: float) -> NodeFailed:
    """The error of a job that RunPod stopped because it ran longer than it may."""
    return NodeFailed("", "", "", f"stopped after {seconds:.0f} s (executionTimeout)", FailureKind.TOO_SLOW)


def _rejection(text: str) -> Rejected | None:
    """What ComfyUI said about a graph that it refused; None: the text is about something else."""
    if found := _RAW.search(text):
        try:
            told = json.loads(found[1])
        except (ValueError, RecursionError):
            return None
        return read_rejection(told, _unknown_node(told)) if "error" in told else None
    faults: dict[str, dict[str, object]] = {}
    for found in _NODE_FAULT.finditer(text):
        value = found["value"]
        read = _literal(value) if found["key"] in _READ_AS_PYTHON else value
        faults.setdefault(found["node_id"], {})[found["key"]] = read
    if not faults:
        return None
    error = {"type": "prompt_outputs_failed_validation", "message": text.partition("\n")[0].rstrip(":")}
    return read_rejection({"error": error, "node_errors": faults}, {})


def _unknown_node(told: Mapping[str, Any]) -> Graph:
    """The node whose class ComfyUI does not have, as far as its answer names it."""
    error = told.get("error")
    extra = error.get("extra_info") if isinstance(error, dict) else None
    node_id, class_type = (extra.get("node_id"), extra.get("class_type")) if isinstance(extra, dict) else (None, None)
    if not isinstance(node_id, str) or not isinstance(class_type, str):
        return {}
    return {node_id: {"class_type": class_type, "inputs": {}}}


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _raised(text: str) -> NodeFailed:
    """An error of the worker itself. An exception that it did not catch comes as JSON, with a traceback."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict) and isinstance(told.get("error_message"), str):
        text = told["error_message"]
    return node_failure(ExecutionError("", "", "", "", text))
