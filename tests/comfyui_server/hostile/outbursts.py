"""Frames that a server should not send, in the middle of a job."""

import itertools
import json
import random
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

Frame = str | bytes
Frames = Callable[[str, str], Iterable[Frame]]
"""prompt_id and node_id -> what is sent to the job's own socket, made one after the other as it is sent."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Outburst:
    """Sent when a node of the class `during` begins, in jobs whose graph holds `words`."""

    frames: Frames
    words: str = ""
    during: str = "KSampler"


def nonsense(prompt_id: str, node_id: str) -> Iterator[Frame]:
    """Texts that are no JSON or no event, and binary frames of no known type."""
    yield from ("", "{", "null", "[]", '"executing"', "[" * 200_000, '{"type": "executing"}', '{"data": {}}')
    for kind in (
        "progress",
        "progress_state",
        "executing",
        "executed",
        "execution_error",
        "execution_cached",
        "status",
    ):
        for data in ("null", "7", "[]", "{}", '{"nodes": 7, "node": [], "prompt_id": {}}'):
            yield f'{{"type": "{kind}", "data": {data}}}'
        body = {"prompt_id": prompt_id, "node": node_id, "value": "9" * 400, "max": -1, "nodes": {"": {}}, "output": 7}
        yield json.dumps({"type": kind, "data": body})
    for infinite in ("NaN", "Infinity", "1e999", "9" * 5_000):
        yield (
            f'{{"type": "progress", "data": {{"prompt_id": "{prompt_id}", "node": "{node_id}", '
            f'"value": {infinite}, "max": {infinite}}}}}'
        )
    yield from (b"", b"\0", struct.pack(">I", 1), struct.pack(">II", 99, 1), struct.pack(">II", 4, 2**32 - 1))
    yield struct.pack(">II", 1, 7) + _PNG
    yield struct.pack(">II", 3, 2**31) + b"\xff" * 100


def odd_previews(prompt_id: str, node_id: str) -> Iterator[Frame]:
    """Previews whose type is no type: it would become a part of a file's name and of a header."""
    for kind in ("image/png\r\nX-Evil: 1", "image/\x1b[2J", "image/../../a", "text/html", "", "image/" + "a" * 10_000):
        yield _with_metadata({"prompt_id": prompt_id, "node_id": node_id, "image_type": kind}, _PNG)


def huge(prompt_id: str, node_id: str) -> Iterator[Frame]:
    """Frames of 100 MB: a preview, and a text."""
    yield struct.pack(">II", 1, 2) + _PNG + bytes(100 * 10**6)
    yield json.dumps({"type": "executed", "data": {"prompt_id": prompt_id, "node": node_id, "output": "a" * 10**8}})


def flood(prompt_id: str, node_id: str) -> Iterator[Frame]:
    """50,000 events of a running node, as fast as they are taken."""
    for number in range(50_000):
        body = {"value": number % 100, "max": 100, "prompt_id": prompt_id, "node": node_id}
        yield json.dumps({"type": "progress", "data": body})


def duplicates(prompt_id: str, node_id: str) -> Iterator[Frame]:
    """Every event of a run's end, many times, long before its end."""
    events = ("execution_start", "execution_cached", "executing", "execution_success")
    for _, kind in itertools.product(range(100), events):
        yield json.dumps({"type": kind, "data": {"prompt_id": prompt_id, "node": None, "nodes": [node_id]}})


def many_executed(count: int, name: str) -> Frames:
    """So many `executed` events, each with a file of its own whose name begins with `name`."""

    def frames(prompt_id: str, node_id: str) -> Iterator[Frame]:
        for number in range(count):
            image = {"filename": f"{name}{number}.png", "subfolder": "", "type": "output"}
            body = {"node": node_id, "display_node": node_id, "output": {"images": [image]}, "prompt_id": prompt_id}
            yield json.dumps({"type": "executed", "data": body})

    return frames


def many_pictures(count: int, size: int) -> Frames:
    """So many different images of `size` bytes over the socket, as an output node sends them."""

    def frames(prompt_id: str, node_id: str) -> Iterator[Frame]:
        noise = random.Random(count).randbytes(size)
        for number in range(count):
            yield struct.pack(">II", 1, 2) + _PNG + number.to_bytes(8, "big") + noise

    return frames


def _with_metadata(metadata: dict[str, str], picture: bytes) -> bytes:
    encoded = json.dumps(metadata).encode()
    return struct.pack(">II", 4, len(encoded)) + encoded + picture
