"""Frames become typed events: everything a real server sent, and nothing that breaks on what no server would send."""

import json
import struct
from collections.abc import Callable
from typing import Any

import pytest

from bot.comfyui.protocol.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    FeatureFlags,
    NodeProgress,
    NodeText,
    Preview,
    ProgressState,
    Status,
    Tick,
    parse_frame,
)
from tests.comfyui.traces import IMAGE, Row, frame, frame_rows

IMAGE_TYPES = {1: "image/jpeg", 2: "image/png"}

EXPECTED: dict[str, Callable[[Any], Event]] = {
    "status": lambda data: Status(data["status"]["exec_info"]["queue_remaining"]),
    "feature_flags": FeatureFlags,
    "execution_start": lambda data: ExecutionStart(data["prompt_id"]),
    "execution_cached": lambda data: ExecutionCached(data["prompt_id"], tuple(data["nodes"])),
    "executing": lambda data: Executing(data.get("prompt_id"), data["node"]),
    "progress": lambda data: Tick(data["prompt_id"], data["node"], data["value"], data["max"]),
    "progress_state": lambda data: ProgressState(
        data["prompt_id"],
        tuple(
            NodeProgress(node_id, node["value"], node["max"], node["state"]) for node_id, node in data["nodes"].items()
        ),
    ),
    "executed": lambda data: Executed(data["prompt_id"], data["node"], data["output"]),
    "execution_success": lambda data: ExecutionSuccess(data["prompt_id"]),
    "execution_error": lambda data: ExecutionError(
        data["prompt_id"],
        data["node_id"],
        data["node_type"],
        data["exception_type"],
        data["exception_message"],
        "".join(data["traceback"]),
    ),
    "execution_interrupted": lambda data: ExecutionInterrupted(data["prompt_id"], data["node_id"]),
}


def expected(row: Row) -> Event:
    match row.get("bin"):
        case None:
            return EXPECTED[row["msg"]["type"]](row["msg"]["data"])
        case 1:
            return Preview(None, None, IMAGE_TYPES[row["fmt"]], IMAGE)
        case 3:
            return NodeText(row["node"], row["text"])
        case _:
            meta = row["meta"]
            return Preview(meta["prompt_id"], meta["node_id"], meta["image_type"], IMAGE)


# --- What a real server sent


def test_the_recordings_hold_every_kind_of_frame() -> None:
    assert {row["msg"]["type"] for row in frame_rows() if "msg" in row} == EXPECTED.keys()
    assert {row["bin"] for row in frame_rows() if "bin" in row} == {1, 3, 4}


def test_every_recorded_frame_becomes_its_event() -> None:
    for row in frame_rows():
        assert parse_frame(frame(row)) == expected(row)


@pytest.mark.parametrize(
    ("told", "image", "image_type"),
    [
        ("image/webp", b"anything", "image/webp"),
        ("image/png\nContent-Type: x", b"\x89PNG...", "image/png"),
        ("../../\x1b[2J", b"RIFF....WEBP", "image/webp"),
        ("", b"\xff\xd8\xff", "image/jpeg"),
    ],
)
def test_the_type_of_a_preview_is_one_that_there_is_whatever_is_told(told: str, image: bytes, image_type: str) -> None:
    meta = json.dumps({"node_id": "3", "prompt_id": "p", "image_type": told}).encode()
    assert parse_frame(struct.pack(">II", 4, len(meta)) + meta + image) == Preview("p", "3", image_type, image)


def test_after_a_reconnect_executing_comes_without_a_prompt_id() -> None:
    assert parse_frame('{"type": "executing", "data": {"node": "3"}}') == Executing(None, "3")


def test_a_node_within_a_subgraph_counts_as_the_node_that_is_shown() -> None:
    data = {"node": "12:3", "display_node": "12", "prompt_id": "p"}
    assert parse_frame(json.dumps({"type": "executing", "data": data})) == Executing("p", "12")
    node = {"value": 1, "max": 4, "state": "running", "node_id": "12:3", "display_node_id": "12"}
    state = {"prompt_id": "p", "nodes": {"12:3": node}}
    assert parse_frame(json.dumps({"type": "progress_state", "data": state})) == ProgressState(
        "p", (NodeProgress("12", 1, 4, "running"),)
    )


@pytest.mark.parametrize(
    "unknown",
    [
        '{"type": "crystools.monitor", "data": {"cpu": 3}}',
        '{"type": "executing"}',
        '{"type": "executing", "data": {"prompt_id": "p"}}',
        '{"type": "status", "data": {"status": {"exec_info": {"queue_remaining": Infinity}}}}',
        '{"type": "progress", "data": {"value": 1e999, "max": 4, "prompt_id": "p", "node": "3"}}',
        '{"type": "progress", "data": {"value": NaN, "max": 4, "prompt_id": "p", "node": "3"}}',
        "",
        b"",
        struct.pack(">II", 2, 0) + IMAGE,
        struct.pack(">II", 1, 9) + IMAGE,
        struct.pack(">II", 4, 2**32 - 1) + b"{}",
    ],
)
def test_what_is_unknown_or_malformed_is_no_event(unknown: str | bytes) -> None:
    assert parse_frame(unknown) is None
