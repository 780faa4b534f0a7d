"""Parse RunPod's answers: the state of a job, its images, and the endpoint's health. Pure.

Shapes: docs.runpod.io/serverless/endpoints/send-requests and the README of worker-comfyui.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from bot.comfyui.protocol.answers import Finished, Place
from bot.comfyui.runpod.failures import failure_of, stopped_after
from bot.comfyui.runpod.job_request import EXECUTION_SECONDS, node_of
from bot.errors import ComfyError, Interrupted
from bot.workflows import OutputFile

_MOST_IMAGES: Final = 100
_MOST_TEXTS: Final = 100
_LONGEST_NAME: Final = 255
_NODE_FAILED: Final = "Node Type: "


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a job. `data` is its content in base64, or its address (`by_address`)."""

    filename: str
    data: str
    by_address: bool


@dataclass(frozen=True, slots=True)
class Health:
    """`jobs` wait or run on the endpoint, those of others included. `awake`: a worker is at work."""

    jobs: int
    awake: bool


def read_health(told: Mapping[str, Any]) -> Health:
    """The answer of `/health`. Workers that are `idle` or `ready` are asleep as well: they have yet to start.

    Raises `TypeError` or `ValueError` if it is something else.
    """
    jobs, workers = told.get("jobs"), told.get("workers")
    if not isinstance(jobs, dict) or not isinstance(workers, dict):
        raise TypeError
    count = int(jobs.get("inQueue") or 0) + int(jobs.get("inProgress") or 0)
    return Health(count, int(workers.get("running") or 0) > 0)


def read_place(told: Mapping[str, Any], theirs: str) -> Place | Finished | None:
    """Where the job is, or how it ended; None for a state that nobody knows. `theirs` is RunPod's id of it."""
    match told.get("status"):
        case "IN_QUEUE":
            return Place.PENDING
        case "IN_PROGRESS":
            return Place.RUNNING
        case "COMPLETED":
            return _finished(told, theirs, _error_beside_images(told))
        case "FAILED":
            return _finished(told, theirs, failure_of(_texts(told)))
        case "CANCELLED":
            return _finished(told, theirs, Interrupted())
        case "TIMED_OUT":
            return _finished(told, theirs, stopped_after(EXECUTION_SECONDS))
        case _:
            return None


def read_images(told: Mapping[str, Any]) -> list[Image]:
    """The images of a job, in order."""
    output = told.get("output")
    images = output.get("images") if isinstance(output, dict) else None
    found = []
    for image in (images if isinstance(images, list) else [])[:_MOST_IMAGES]:
        if isinstance(image, dict) and isinstance(image.get("data"), str) and isinstance(image.get("filename"), str):
            name = PurePosixPath(image["filename"]).name[-_LONGEST_NAME:]
            found.append(Image(name or "image.png", image["data"], by_address=image.get("type") == "s3_url"))
    return found


def remarks_of(told: Mapping[str, Any]) -> list[str]:
    """What the worker complains of in `output`, beside the images that it made."""
    output = told.get("output")
    kept = [output.get(key) for key in ("errors", "details")] if isinstance(output, dict) else []
    return [text for texts in kept if isinstance(texts, list) for text in texts if isinstance(text, str)][:_MOST_TEXTS]


def seconds_of(told: Mapping[str, Any], key: str) -> float | None:
    """`executionTime` or `delayTime`, which are milliseconds, in seconds."""
    value = told.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return value / 1000


def _finished(told: Mapping[str, Any], theirs: str, error: ComfyError | None) -> Finished:
    files = tuple(
        OutputFile(node_of(image.filename), image.filename, f"{theirs}/{index}", "output")
        for index, image in enumerate(read_images(told))
    )
    return Finished(files, error, seconds=seconds_of(told, "executionTime"))


def _texts(told: Mapping[str, Any]) -> list[str]:
    error = told.get("error")
    return [*remarks_of(told), *([error] if isinstance(error, str) else [])]


def _error_beside_images(told: Mapping[str, Any]) -> ComfyError | None:
    """A node that failed after others had made images. Other complaints cost single images, as the log says."""
    failed = [text for text in remarks_of(told) if _NODE_FAILED in text]
    return failure_of(failed) if failed else None
