"""What servers say is read whole, in pieces, and broken."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comfyui.api_v2.answers import read_files, read_place, read_refusal
from bot.comfyui.api_v2.diagnosis import judge
from bot.comfyui.api_v2.sent_jobs import SentJob
from bot.comfyui.api_v2.server_events import EventReader, translated
from bot.comfyui.protocol.answers import Finished, Place
from bot.comfyui.protocol.events import Executed, Executing, Preview, Tick
from bot.errors import Interrupted, NodeFailed, OutOfMemory, Untraceable

_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    max_leaves=20,
)
STREAM = b': hi\r\n\r\nevent: status\ndata: {"status":\ndata: "running"}\n\nevent: progress\ndata:{}\n\ndata: rest'


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_events_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    reader, found = EventReader(), []
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in itertools.pairwise(edges):
        found += list(reader.feed(STREAM[start:end]))
    assert found == [("status", b'{"status":\n"running"}'), ("progress", b"{}")]


def test_an_event_that_is_too_large_is_dropped_and_the_next_is_read() -> None:
    reader = EventReader()
    piece = b"x" * 2**20
    assert not list(reader.feed(b"event: preview\ndata: "))
    for _ in range(20):
        assert not list(reader.feed(piece))
    assert list(reader.feed(b"\n\nevent: status\ndata: {}\n\n")) == [("status", b"{}")]


def test_what_expired_after_it_had_begun_is_never_sent_again() -> None:
    never_began = {"status": "expired", "started_at": None, "completed_at": None}
    assert read_place(never_began) is Place.UNKNOWN
    with pytest.raises(Untraceable):
        read_place({**never_began, "started_at": "2026-11-29T10:00:00Z"})


def test_progress_names_node_and_step_and_its_fraction_does_not_count() -> None:
    told = {"value": 0.15, "nodes_done": 1, "nodes_total": 3, "current_node": "3", "step": 5, "steps": 20}
    assert translated("one", "progress", told) == (Executing("one", "3"), Tick("one", "3", 5.0, 20.0))
    assert translated("one", "progress", {"value": 0.5, "nodes_done": 0, "nodes_total": 0}) == ()


def test_previews_and_outputs() -> None:
    told = {"node_id": "3", "content_type": "image/jpeg", "data_base64": "/9j/"}
    assert translated("one", "preview", told) == (Preview("one", "3", "image/jpeg", b"\xff\xd8\xff"),)
    assert translated("one", "preview", {**told, "data_base64": "no base64!"}) == ()
    (event,) = translated("one", "output", {"node_id": "9", "name": "a.png", "id": "asset"})
    assert isinstance(event, Executed)


@given(st.sampled_from(["status", "progress", "preview", "output", "log", "new"]), st.dictionaries(st.text(), _JSON))
def test_no_event_is_an_error(name: str, told: dict[str, Any]) -> None:
    translated("one", name, told)


@given(st.dictionaries(st.sampled_from(["status", "outputs", "error", "metrics", "id"]), _JSON))
def test_no_job_is_an_error_but_one_of_an_unknown_state(job: dict[str, Any]) -> None:
    states = ("queued", "running", "succeeded", "canceling", "canceled", "failed", "expired")
    for state in states:
        read_place({**job, "status": state})
    with pytest.raises(ValueError, match="asleep"):
        read_place({**job, "status": "asleep"})


def test_places_and_ends() -> None:
    output = {"node_id": "9", "name": "a.png", "id": "asset"}
    preview = {"node_id": "8", "name": "ComfyUI_temp_abcde_00001_.png", "id": "other"}
    assert read_place({"status": "canceling"}) is Place.RUNNING
    assert read_place({"status": "expired"}) is Place.UNKNOWN
    done = read_place({"status": "succeeded", "outputs": [output, preview], "metrics": {"execution_ms": 1500}})
    assert isinstance(done, Finished)
    assert done.seconds == 1.5
    assert [(file.filename, file.subfolder, file.type) for file in done.files] == [
        ("a.png", "asset", "output"),
        (preview["name"], "other", "temp"),
    ]
    assert isinstance(getattr(read_place({"status": "canceled"}), "error", None), Interrupted)
    error = {"code": "node_execution_error", "message": "CUDA out of memory", "node_id": "3", "class_type": "KSampler"}
    failed = getattr(read_place({"status": "failed", "error": error}), "error", None)
    assert isinstance(failed, OutOfMemory)
    assert failed.class_type == "KSampler"
    assert isinstance(getattr(read_place({"status": "failed", "error": None}), "error", None), NodeFailed)
    assert len(read_files([{**output, "id": str(number)} for number in range(5000)])) == 1000


@given(_JSON)
def test_no_refusal_is_an_error(details: object) -> None:
    read_refusal({"error": {"code": "invalid_workflow", "message": "no", "details": {"node_errors": details}}}, {})


def test_notes_are_kept_as_they_were() -> None:
    for job in (SentJob(), SentJob(3), SentJob(1, "an id ?!"), SentJob(2, since=1000.0)):
        assert SentJob.parse(job.text) == job
    assert SentJob.parse(None) is None
    assert SentJob(1).key("mine") == "mine"
    assert SentJob(2).key("mine") != SentJob(3).key("mine")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, {"error": {"code": "not_found", "message": ""}}, None),
        (404, {}, "not Comfy API v2"),
        (200, {"queue_running": []}, "not Comfy API v2"),
        (401, {}, "asks for a key"),
        (502, {}, "behind it does not"),
        (302, {}, "redirects to"),
        (500, {}, "something fails"),
    ],
)
def test_what_answers_is_judged(status: int, body: object, said: str | None) -> None:
    told = judge("comfyapi+https://cloud.example", status, {}, json.dumps(body).encode())
    assert (told is None) if said is None else (told is not None and said in told[0])
