"""ComfyUI's contract over raw sockets, a job's life: the stand-in and a real server keep to the same words."""

import io
import json
import re
import uuid

from PIL import Image

from tests.comfyui_server.graphs import model_free, txt2img
from tests.comfyui_server.wire import PNG, Listener, Wire, files

# Enough steps that the job runs until a test has had enough of it.
LONG = 5000


async def forget_cache(wire: Wire) -> None:
    """An unrelated graph, after which nothing that ran before is cached."""
    await wire.finished(await wire.submit(model_free()))


# --- A job from end to end


async def test_a_run_tells_its_story_in_one_fixed_order(wire: Wire, listener: Listener, client_id: str) -> None:
    await forget_cache(wire)
    prompt_id = await wire.submit(txt2img(steps=2), client_id)
    await listener.until_over(prompt_id)
    story = [
        f"{heard.kind} {heard.body['node']}" if heard.kind in {"executing", "executed"} else heard.kind
        for heard in listener.heard[listener.kinds().index("execution_start") - 2 :]
    ]
    step = ["progress_state", "preview 4", "progress"]
    assert story == [
        "status",
        "status",
        "execution_start",
        "execution_cached",
        *["progress_state", "executing 4", "progress_state"],
        *["progress_state", "executing 5", "progress_state"],
        *["progress_state", "executing 7", "progress_state"],
        *["progress_state", "executing 6", "progress_state"],
        *["progress_state", "executing 3", *step, *step, "progress_state"],
        *["progress_state", "executing 8", "progress_state"],
        *["progress_state", "executing 9", "executed 9", "progress_state"],
        "execution_success",
        "status",
        "executing None",
    ]


async def test_events_name_the_job_the_node_and_how_far_it_is(wire: Wire, listener: Listener, client_id: str) -> None:
    await forget_cache(wire)
    prompt_id = await wire.submit(txt2img(steps=2), client_id)
    await listener.until_over(prompt_id)
    start, cached = listener.events("execution_start")[-1], listener.events("execution_cached")[-1]
    assert start.keys() == {"prompt_id", "timestamp"}
    assert cached == {"nodes": [], "prompt_id": prompt_id, "timestamp": cached["timestamp"]}
    assert {"node": "3", "display_node": "3", "prompt_id": prompt_id} in listener.events("executing")
    assert listener.events("executing")[-1] == {"node": None, "prompt_id": prompt_id}
    assert listener.events("progress")[-2:] == [
        {"value": 1, "max": 2, "prompt_id": prompt_id, "node": "3"},
        {"value": 2, "max": 2, "prompt_id": prompt_id, "node": "3"},
    ]
    names = {"prompt_id": prompt_id, "parent_node_id": None}
    half = {
        "5": {"value": 1.0, "max": 1.0, "state": "finished"},
        "3": {"value": 1, "max": 2, "state": "running"},
    }
    for node_id, state in half.items():
        whole = state | names
        whole |= {"node_id": node_id, "display_node_id": node_id, "real_node_id": node_id}
        assert any(
            body["nodes"].get("3", {}).get("value") == 1 and body["nodes"][node_id] == whole
            for body in listener.events("progress_state", prompt_id)
        )


async def test_what_a_socket_hears_first_is_the_queue_and_its_own_id(listener: Listener, client_id: str) -> None:
    await listener.until(lambda: listener.events("feature_flags"))
    status, flags = listener.heard[:2]
    assert status.kind == "status"
    assert status.body == {"status": {"exec_info": {"queue_remaining": 0}}, "sid": client_id}
    assert flags.kind == "feature_flags"
    assert flags.body["supports_preview_metadata"] is True
    assert flags.body["max_upload_size"] == 100 * 1024 * 1024


async def test_the_history_keeps_the_graph_the_files_and_the_milestones(wire: Wire, client_id: str) -> None:
    graph = model_free(prefix=f"kept/{uuid.uuid4().hex}")
    prompt_id = await wire.submit(graph, client_id, extra_data={"extra_pnginfo": {"workflow": {"id": "w"}}})
    entry = await wire.finished(prompt_id)
    number, kept_id, kept_graph, extra_data, outputs = entry["prompt"]
    assert isinstance(number, int)
    assert (kept_id, kept_graph, outputs) == (prompt_id, graph, ["3"])
    assert extra_data.pop("create_time") > 0
    assert extra_data == {"client_id": client_id, "extra_pnginfo": {"workflow": {"id": "w"}}}
    prefix = graph["3"]["inputs"]["filename_prefix"].removeprefix("kept/")
    image = {"filename": f"{prefix}_00001_.png", "subfolder": "kept", "type": "output"}
    assert entry["outputs"] == {"3": {"images": [image]}}
    assert entry["meta"] == {"3": {"node_id": "3", "display_node": "3", "parent_node": None, "real_node_id": "3"}}
    assert entry["status"]["status_str"] == "success"
    assert entry["status"]["completed"] is True
    milestones = [event for event, _ in entry["status"]["messages"]]
    assert milestones == ["execution_start", "execution_cached", "execution_success"]


async def test_the_history_is_there_when_executing_says_none_and_perhaps_not_before(
    wire: Wire, listener: Listener, client_id: str
) -> None:
    prompt_id = await wire.submit(txt2img(steps=1), client_id)
    await listener.until(lambda: listener.events("execution_success", prompt_id))
    early = await wire.history(prompt_id)
    await listener.until_over(prompt_id)
    entry = await wire.history(prompt_id)
    assert entry["status"]["completed"] is True
    assert early in ({}, entry)


async def test_a_saved_png_carries_its_graph_and_the_workflow_it_was_sent_with(wire: Wire) -> None:
    graph = model_free(prefix=uuid.uuid4().hex)
    prompt_id = await wire.submit(graph, extra_data={"extra_pnginfo": {"workflow": {"id": "w"}}})
    (image,) = files(await wire.finished(prompt_id))
    png = (await wire.get("/view", **image)).body
    with Image.open(io.BytesIO(png)) as picture:
        texts = dict(picture.info)
    assert json.loads(texts["prompt"]) == graph
    assert json.loads(texts["workflow"]) == {"id": "w"}


async def test_a_second_file_of_a_prefix_counts_on(wire: Wire) -> None:
    prefix = uuid.uuid4().hex
    names = []
    for _ in range(2):
        entry = await wire.finished(await wire.submit(model_free(prefix=prefix)))
        names += [image["filename"] for image in files(entry)]
    assert names == [f"{prefix}_00001_.png", f"{prefix}_00002_.png"]


async def test_a_preview_image_lands_in_temp_under_a_random_mark(wire: Wire) -> None:
    graph = model_free() | {"4": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}
    entry = await wire.finished(await wire.submit(graph))
    (image,) = entry["outputs"]["4"]["images"]
    assert image["type"] == "temp"
    assert re.fullmatch(r"ComfyUI_temp_[a-z]{5}_\d{5}_\.png", image["filename"])
    assert (await wire.get("/view", **image)).body.startswith(PNG)


# --- The cache


async def test_a_rerun_is_all_cached_and_names_the_old_file(wire: Wire, listener: Listener, client_id: str) -> None:
    graph = txt2img(steps=1, prefix=uuid.uuid4().hex)
    first = await wire.finished(await wire.submit(graph, client_id))
    again = await wire.submit(graph, client_id)
    await listener.until_over(again)
    (cached,) = listener.events("execution_cached", again)
    assert cached["nodes"] == list(graph)
    assert [kind for kind in listener.kinds(again) if kind != "progress_state"] == [
        "execution_start",
        "execution_cached",
        "executed",
        "execution_success",
        "executing",
    ]
    assert files(await wire.history(again)) == files(first)


async def test_an_unrelated_job_in_between_empties_the_cache(wire: Wire, client_id: str) -> None:
    graph = txt2img(steps=1, prefix=uuid.uuid4().hex)
    first = await wire.finished(await wire.submit(graph, client_id))
    await forget_cache(wire)
    again = await wire.finished(await wire.submit(graph, client_id))
    assert files(again) != files(first)


async def test_without_a_client_id_a_cached_rerun_lists_no_files(wire: Wire) -> None:
    graph = model_free()
    await wire.finished(await wire.submit(graph))
    again = await wire.finished(await wire.submit(graph))
    assert again["status"]["completed"] is True
    assert again["outputs"] == {}


# --- Failures


async def test_a_failing_node_ends_the_job_and_leaves_what_was_finished_first(
    wire: Wire, listener: Listener, client_id: str
) -> None:
    name = (await wire.upload(f"{uuid.uuid4().hex}.png", b"<html>")).body["name"]
    graph = model_free(prefix="partial") | {
        "11": {"class_type": "LoadImage", "inputs": {"image": name}},
        # Far enough from its output that the good one goes first.
        "12": {"class_type": "ImageInvert", "inputs": {"image": ["11", 0]}},
        "13": {"class_type": "ImageInvert", "inputs": {"image": ["12", 0]}},
        "14": {"class_type": "ImageInvert", "inputs": {"image": ["13", 0]}},
        "15": {"class_type": "SaveImage", "inputs": {"images": ["14", 0], "filename_prefix": "never"}},
    }
    prompt_id = await wire.submit(graph, client_id)
    await listener.until_over(prompt_id)
    (error,) = listener.events("execution_error", prompt_id)
    assert not listener.events("execution_success", prompt_id)
    assert (error["node_id"], error["node_type"]) == ("11", "LoadImage")
    assert set(error["executed"]) == {"1", "2", "3"}
    assert set(error["current_outputs"]) == set(graph)
    assert error["current_inputs"] == {"image": [name]}
    assert name in error["exception_message"]
    assert error["exception_type"] == "PIL.UnidentifiedImageError" or await wire.is_new()
    assert all(line.startswith('  File "/') for line in error["traceback"])
    entry = await wire.history(prompt_id)
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    assert entry["status"]["messages"][-1] == ["execution_error", dict(error)]
    assert list(entry["outputs"]) == ["3"]


# --- Interrupting and deleting


async def test_a_targeted_interrupt_stops_the_running_job(wire: Wire, listener: Listener, client_id: str) -> None:
    prompt_id = await wire.submit(txt2img(steps=LONG), client_id)
    await listener.until_running(prompt_id)
    await wire.interrupt(prompt_id)
    await listener.until_over(prompt_id)
    (interrupted,) = listener.events("execution_interrupted", prompt_id)
    assert (interrupted["node_id"], interrupted["node_type"]) == ("3", "KSampler")
    assert "3" not in interrupted["executed"]
    entry = await wire.history(prompt_id)
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    assert entry["status"]["messages"][-1][0] == "execution_interrupted"
    assert entry["outputs"] == {}


async def test_a_targeted_interrupt_of_another_job_stops_nothing(
    wire: Wire, listener: Listener, client_id: str
) -> None:
    prompt_id = await wire.submit(txt2img(steps=LONG), client_id)
    waiting = await wire.submit(model_free(), client_id)
    await listener.until_running(prompt_id)
    await wire.interrupt(waiting)
    await wire.interrupt(str(uuid.uuid4()))
    steps = len(listener.events("progress", prompt_id))
    await listener.until(lambda: len(listener.events("progress", prompt_id)) > steps + 3)
    assert not listener.events("execution_interrupted")
    await wire.interrupt(prompt_id)
    assert (await wire.finished(waiting))["status"]["completed"] is True


async def test_an_empty_interrupt_stops_whatever_runs(wire: Wire, listener: Listener, client_id: str) -> None:
    prompt_id = await wire.submit(txt2img(steps=LONG), client_id)
    await listener.until_running(prompt_id)
    async with wire.session.post("/interrupt") as response:
        assert response.status == 200
    await listener.until_over(prompt_id)
    assert listener.events("execution_interrupted", prompt_id)


async def test_an_interrupt_while_nothing_runs_means_nothing_to_the_next_job(wire: Wire) -> None:
    await wire.post("/interrupt", {})
    entry = await wire.finished(await wire.submit(model_free()))
    assert entry["status"]["completed"] is True


async def test_deleting_a_waiting_job_leaves_no_trace_but_a_status(
    wire: Wire, listener: Listener, client_id: str
) -> None:
    running = await wire.submit(txt2img(steps=LONG), client_id)
    await listener.until_running(running)
    deleted, kept = [await wire.submit(model_free(), client_id) for _ in range(2)]
    answer = await wire.post("/queue", {"delete": [deleted, str(uuid.uuid4())]})
    assert (answer.status, answer.body) == (200, b"")
    remaining = [body["status"]["exec_info"]["queue_remaining"] for body in listener.events("status")]
    await listener.until(lambda: listener.events("status")[-1]["status"]["exec_info"]["queue_remaining"] == 2)
    assert max(remaining) == 3
    queue = (await wire.get("/queue")).body
    assert [row[1] for row in queue["queue_running"]] == [running]
    assert [row[1] for row in queue["queue_pending"]] == [kept]
    await wire.interrupt(running)
    await wire.finished(kept)
    assert await wire.history(deleted) == {}
    assert listener.kinds(deleted) == []


async def test_a_cleared_queue_spares_what_runs(wire: Wire, listener: Listener, client_id: str) -> None:
    running = await wire.submit(txt2img(steps=LONG), client_id)
    await listener.until_running(running)
    await wire.submit(model_free(), client_id)
    await wire.post("/queue", {"clear": True})
    queue = (await wire.get("/queue")).body
    assert [row[1] for row in queue["queue_running"]] == [running]
    assert queue["queue_pending"] == []
    await wire.interrupt(running)
    await wire.finished(running)


# --- The queue


async def test_jobs_wait_by_number_and_are_listed_in_heap_order(wire: Wire, listener: Listener, client_id: str) -> None:
    running = await wire.submit(txt2img(steps=LONG), client_id)
    await listener.until_running(running)
    places = {}
    for number in (1e6 + 1, 1e6 + 2, 1e6 + 3):
        places[await wire.submit(model_free(), client_id, number=number)] = number
    front = await wire.submit(model_free(), client_id, front=True)
    rows = (await wire.get("/queue")).body["queue_pending"]
    assert len(rows[0]) == 5
    assert rows[0][1] == front
    assert rows[0][0] < 0
    assert rows[0][3]["client_id"] == client_id
    numbers = [row[0] for row in rows[1:]]
    assert sorted(numbers) == sorted(places.values())
    assert numbers != sorted(numbers)
    assert (await wire.get("/prompt")).body == {"exec_info": {"queue_remaining": 5}}
    await wire.interrupt(running)
    await listener.until(lambda: len(listener.events("execution_success")) == 4)
    order = [body["prompt_id"] for body in listener.events("execution_start")]
    assert order == [running, front, *sorted(places, key=places.__getitem__)]


async def test_a_prompt_id_sent_twice_runs_twice(wire: Wire, listener: Listener, client_id: str) -> None:
    prompt_id = str(uuid.uuid4())
    for _ in range(2):
        await wire.submit(model_free(), client_id, prompt_id=prompt_id)
    await listener.until(lambda: len(listener.events("execution_success", prompt_id)) == 2)
    assert len(listener.events("execution_start", prompt_id)) == 2
