"""Parse RunPod's answers: the state of a job, its images, and the endpoint's health. Pure.

Shapes: docs.runpod.io/serverless/endpoints/send-requests and the README of worker-comfyui.
"""

import math
import re
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
_BEGAN: Final = ("delayTime", "executionTime", "workerId")
"""What RunPod says about each job that a worker has taken."""
_CONTENT: Final = ("data", "image", "url")
_ADDRESS: Final = re.compile(r"https?://")
_BASE64: Final = re.compile(r"data:|[A-Za-z0-9+/_-]{64}")
"""How a text begins that is an image. No sentence has a word that long."""


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
    """Where the job is, or how it ended; None for a state that nobody knows. `UNKNOWN`: it is over and never ran.
    `theirs` is RunPod's id of it.
    """
    match told.get("status"):
        case "IN_QUEUE":
            return Place.PENDING
        case "IN_PROGRESS":
            return Place.RUNNING
        case "COMPLETED":
            return _finished(told, theirs, _error_of_completed(told))
        case "FAILED":
            return _finished(told, theirs, failure_of(_texts(told)))
        case "CANCELLED":
            return _finished(told, theirs, Interrupted())
        case "TIMED_OUT" if not any(name in told for name in _BEGAN):
            # It expired before a worker took it (docs.runpod.io/serverless/endpoints/job-states).
            return Place.UNKNOWN
        case "TIMED_OUT":
            return _finished(told, theirs, stopped_after(EXECUTION_SECONDS))
        case _:
            return None


def read_images(told: Mapping[str, Any]) -> list[Image]:
    """The images of a job, in order. worker-comfyui 5 lists them with their names; before, and in other workers, an
    image is a text in `message`, `image` or `output` itself, or one of a list.
    """
    output = told.get("output")
    if isinstance(output, dict):
        keys = ("images", "image") if "error" in output else ("images", "image", "message")
        output = next((output[key] for key in keys if output.get(key)), None)
    images = output if isinstance(output, list) else [output]
    return [image for number, one in enumerate(images[:_MOST_IMAGES], 1) if (image := _image(one, number)) is not None]


def _image(told: object, number: int) -> Image | None:
    fields: dict[str, object] = told if isinstance(told, dict) else {"data": told}
    data = next((text for key in _CONTENT if isinstance(text := fields.get(key), str)), None)
    if data is None or not (isinstance(told, dict) or _ADDRESS.match(data) or _BASE64.match(data)):
        return None
    name = fields.get("filename")
    name = PurePosixPath(name).name[-_LONGEST_NAME:] if isinstance(name, str) else ""
    return Image(name or f"image-{number}.png", data, by_address=_ADDRESS.match(data) is not None)


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
    output = told.get("output")
    errors = told.get("error"), output.get("error") if isinstance(output, dict) else None
    return [*remarks_of(told), *(error for error in errors if isinstance(error, str) and error)]


def _error_of_completed(told: Mapping[str, Any]) -> ComfyError | None:
    """A node that failed after others had made images. Other complaints cost single images, as the log says, or all."""
    texts = _texts(told)
    failed = [text for text in texts if _NODE_FAILED in text] or ([] if read_images(told) else texts)
    return failure_of(failed) if failed else None
