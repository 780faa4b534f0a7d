"""Parse the answers of Comfy API v2, by its OpenAPI contract (version 2.0.0). Pure; a malformed part counts as missing.

A job is the truth. Its events only decorate: the last `status` among them may be `running` for a job that succeeded.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.comfyui.protocol.answers import Finished, Place, node_failure, read_rejection
from bot.comfyui.protocol.events import ExecutionError
from bot.errors import ComfyError, Interrupted, NodeFailed, NodeFault, Rejected, Untraceable
from bot.redaction import redacted
from bot.workflows import Graph, OutputFile

MOST_FILES: Final = 1000
LONGEST_ID: Final = 2000
"""Characters. An id is a UUID, or (from the proxy) a signed reference to a file."""
_LONGEST_NAME: Final = 1000
_MOST_FAULTS: Final = 100
_PREVIEW_FILE: Final = re.compile(r"ComfyUI_temp_[a-z]{5}_[0-9]{5}_\.png")
"""How `PreviewImage` names its files (ComfyUI, nodes.py). The contract does not say which outputs are only previews."""
_NODE_FAILED: Final = "node_execution_error"


def read_place(job: Mapping[str, Any]) -> Place | Finished:
    """Where a job is, or how it ended. `UNKNOWN`: the server no longer has it. Raises `ValueError` for a status that
    the contract does not have, and `Untraceable` for a job that expired after it had begun: it may be paid for.
    """
    match job.get("status"):
        case "queued":
            return Place.PENDING
        case "running" | "canceling":
            return Place.RUNNING
        case "succeeded":
            return Finished(read_files(job.get("outputs")), None, seconds=_seconds(job))
        case "canceled":
            return Finished(read_files(job.get("outputs")), Interrupted(), seconds=_seconds(job))
        case "failed":
            return Finished(read_files(job.get("outputs")), _failure(job.get("error")), seconds=_seconds(job))
        case "expired" if job.get("started_at") or job.get("completed_at"):
            raise Untraceable("the job began, and expired before its outputs were fetched")
        case "expired":
            return Place.UNKNOWN
        case status:
            raise ValueError(status)


def read_files(outputs: object) -> tuple[OutputFile, ...]:
    """The files of a job, in the order of its outputs."""
    found = (read_file(output) for output in (outputs if isinstance(outputs, list) else ()))
    return tuple(itertools.islice(dict.fromkeys(filter(None, found)), MOST_FILES))


def read_file(output: object) -> OutputFile | None:
    """One output. The asset that holds it stands in place of the folder, so that it is found without anything else."""
    told = output if isinstance(output, dict) else {}
    node_id, name, asset_id = told.get("node_id"), told.get("name"), told.get("id")
    if not isinstance(node_id, str) or not isinstance(name, str) or not isinstance(asset_id, str):
        return None
    if not 0 < len(asset_id) <= LONGEST_ID or not 0 < len(name) <= _LONGEST_NAME:
        return None
    return OutputFile(node_id, name, asset_id, "temp" if _PREVIEW_FILE.fullmatch(name) else "output")


def read_id(told: Mapping[str, Any]) -> str | None:
    """The id of a job or of an asset."""
    found = told.get("id")
    return found if isinstance(found, str) and 0 < len(found) <= LONGEST_ID else None


def error_of(told: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message of an error; the code is empty if the answer is no error of this API."""
    error = told.get("error")
    error = error if isinstance(error, dict) else {}
    code, message = error.get("code"), error.get("message")
    return (code if isinstance(code, str) else ""), (redacted(message) if isinstance(message, str) else "")


def read_refusal(told: Mapping[str, Any], graph: Graph) -> Rejected:
    """Why the server does not run this graph. `node_errors` are ComfyUI's own, or lists of field and reason."""
    code, message = error_of(told)
    error = told.get("error")
    details = error.get("details") if isinstance(error, dict) else None
    nodes = details.get("node_errors") if isinstance(details, dict) else None
    nodes = nodes if isinstance(nodes, dict) else {}
    own = {node_id: about for node_id, about in nodes.items() if isinstance(about, dict)}
    if own:
        return read_rejection({"error": {"type": code, "message": message}, "node_errors": own}, graph)
    return Rejected(redacted(code), message, tuple(itertools.islice(_faults(nodes, graph), _MOST_FAULTS)))


def _faults(nodes: Mapping[str, Any], graph: Graph) -> Iterator[NodeFault]:
    for node_id, faults in nodes.items():
        for fault in faults if isinstance(faults, list) else ():
            field, reason = (fault.get("field"), fault.get("reason")) if isinstance(fault, dict) else (None, fault)
            told = redacted(str(reason or ""))
            class_type = graph[node_id]["class_type"] if node_id in graph else ""
            yield NodeFault(
                redacted(node_id), class_type, told, told, "", redacted(field) if isinstance(field, str) else None
            )


def _failure(error: object) -> ComfyError:
    if not isinstance(error, dict):
        return NodeFailed("", "", "", "the server did not say why")
    code, message = error.get("code"), error.get("message")
    kind = code if isinstance(code, str) and code != _NODE_FAILED else ""
    node_id, class_type = error.get("node_id"), error.get("class_type")
    return node_failure(
        ExecutionError(
            "",
            node_id if isinstance(node_id, str) else "",
            class_type if isinstance(class_type, str) else "",
            kind,
            message if isinstance(message, str) else "",
        )
    )


def _seconds(job: Mapping[str, Any]) -> float | None:
    metrics = job.get("metrics")
    took = metrics.get("execution_ms") if isinstance(metrics, dict) else None
    return max(0, took) / 1000 if isinstance(took, int) and not isinstance(took, bool) else None
