"""Recordings of a real ComfyUI 0.33.0: its websocket frames, its HTTP answers, and the runs among them.

`recorded.jsonl.xz` has a row for each frame (`msg`, or `bin` with its metadata) and each answer (`body`), under the
scenario's name (`trace`). Where a run starts, the row holds its graph. Images were not kept: their frames are
built again around `IMAGE`.
"""

import json
import lzma
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from bot.workflows import Graph

IMAGE: Final = b"\xff\xd8\xff\xe0 the beginning of a picture"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One prompt's way through the server, as the sockets of one client heard it."""

    trace: str
    prompt_id: str
    graph: Graph
    rows: list[Row] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        return any(row.get("msg", {}).get("type") == "execution_success" for row in self.rows)


@cache
def rows() -> tuple[Row, ...]:
    with lzma.open(Path(__file__).with_name("recorded.jsonl.xz"), "rt", encoding="utf-8") as lines:
        return tuple(map(json.loads, lines))


def frame_rows() -> list[Row]:
    return [row for row in rows() if "msg" in row or "bin" in row]


def frame(row: Row) -> str | bytes:
    """The frame as it came over the socket."""
    match row.get("bin"):
        case None:
            return json.dumps(row["msg"])
        case 1:
            return struct.pack(">II", 1, row["fmt"]) + IMAGE
        case 3:
            node_id = str(row["node"]).encode()
            return struct.pack(">II", 3, len(node_id)) + node_id + str(row["text"]).encode()
        case kind:
            meta = json.dumps(row["meta"]).encode()
            return struct.pack(">II", kind, len(meta)) + meta + IMAGE


def runs() -> list[Run]:
    """Every prompt that started, from its start to the word that it is over (or to the recording's end)."""
    found: list[Run] = []
    running: dict[tuple[str, str], Run] = {}
    for row in frame_rows():
        # "A1" and "A2" are the sockets that the client "A" had one after the other.
        client = (row["trace"], row["who"][0])
        if "graph" in row:
            running[client] = Run(row["trace"], row["msg"]["data"]["prompt_id"], row["graph"])
            found.append(running[client])
        if run := running.get(client):
            run.rows.append(row)
            if _is_end(row, run):
                del running[client]
    return found


def _is_end(row: Row, run: Run) -> bool:
    return bool(row.get("msg") == {"type": "executing", "data": {"node": None, "prompt_id": run.prompt_id}})


def answers(trace: str, note: str) -> list[Any]:
    """The bodies that the server sent in a scenario, where what was noted of the request begins with `note`."""
    return [row["body"] for row in rows() if row["trace"] == trace and row.get("note", "").startswith(note)]


def histories(traces: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The entries of `/history` in these scenarios."""
    for trace in traces:
        for body in answers(trace, "GET /history/"):
            yield from body.values()
