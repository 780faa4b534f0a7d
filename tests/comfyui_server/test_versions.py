"""What 0.3.40 cannot do yet, and what 0.33.0 can do beyond the contract."""

import uuid

from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.comfyui_server.graphs import model_free, txt2img
from tests.comfyui_server.wire import Listener, Wire, files, until, wired

# --- Old versions


async def test_version_0_3_40_chooses_the_prompt_id_itself() -> None:
    async with ComfyUIStandIn(version="0.3.40") as stand_in, wired(stand_in.url) as wire:
        mine = str(uuid.uuid4())
        prompt_id = await wire.submit(model_free(), prompt_id=mine)
        assert prompt_id != mine
        await wire.finished(prompt_id)
        assert await wire.history(mine) == {}


async def test_version_0_3_40_interrupts_whatever_runs() -> None:
    async with ComfyUIStandIn(version="0.3.40", steps_per_second=200) as stand_in, wired(stand_in.url) as wire:
        prompt_id = await wire.submit(txt2img(steps=5000))
        await until(lambda: stand_in.executed)
        await wire.post("/interrupt", {"prompt_id": str(uuid.uuid4())})
        entry = await wire.finished(prompt_id)
        assert entry["status"]["messages"][-1][0] == "execution_interrupted"


async def test_version_0_3_40_knows_neither_flags_nor_progress_state() -> None:
    async with ComfyUIStandIn(version="0.3.40") as stand_in, wired(stand_in.url) as wire:
        async with wire.listen("me", metadata=True) as listener:
            prompt_id = await wire.submit(txt2img(steps=2), "me")
            await listener.until_over(prompt_id)
        assert "preview 1" in listener.kinds()
        assert not {"preview 4", "progress_state", "feature_flags"} & set(listener.kinds())
        assert (await wire.get("/features")).status == 404
        assert (await wire.get("/api/jobs")).status == 404
        assert (await wire.get("/system_stats")).body["system"]["comfyui_version"] == "0.3.40"


# --- The jobs API of 0.33.0


async def test_a_job_s_life_in_the_jobs_api(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.hang_in = "KSampler"
    running, waiting = await wire.submit(txt2img(), "me"), await wire.submit(model_free(), "me")
    await until(lambda: stand_in.executed)
    shown = (await wire.get(f"/api/jobs/{running}")).body
    assert shown.pop("create_time") > 0
    assert shown == {
        "id": running,
        "status": "in_progress",
        "priority": 0,
        "outputs_count": 0,
        "previewable_outputs_count": 0,
    }
    assert (await wire.get(f"/api/jobs/{waiting}")).body["status"] == "pending"
    listed = (await wire.get("/api/jobs", status="pending,in_progress", limit="1")).body
    assert listed["pagination"] == {"offset": 0, "limit": 1, "total": 2, "has_more": True}
    assert (await wire.post(f"/api/jobs/{waiting}/cancel", {})).body == {"cancelled": True}
    assert (await wire.get(f"/api/jobs/{waiting}")).status == 404
    stand_in.faults.hang_in = None
    entry = await wire.finished(running)
    shown = (await wire.get(f"/api/jobs/{running}")).body
    assert shown["status"] == "completed"
    assert shown["outputs"] == entry["outputs"]
    (image,) = files(entry)
    assert shown["preview_output"] == image | {"nodeId": "9", "mediaType": "images"}
    assert shown["workflow"]["extra_data"]["client_id"] == "me"
    assert (await wire.post(f"/api/jobs/{running}/cancel", {})).body == {"cancelled": False}


async def test_the_jobs_api_tells_failure_from_cancellation(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.fail["VAEDecode"] = Failure()
    failed = await wire.submit(txt2img(), "me")
    await wire.finished(failed)
    shown = (await wire.get(f"/api/jobs/{failed}")).body
    assert (shown["status"], shown["execution_error"]["node_type"]) == ("failed", "VAEDecode")
    stand_in.faults.hang_in = "KSampler"
    cancelled = await wire.submit(txt2img(), "me")
    await until(lambda: cancelled in stand_in.executed)
    await wire.post("/api/jobs/cancel", {"job_ids": [cancelled]})
    stand_in.faults.hang_in = None
    await wire.finished(cancelled)
    assert (await wire.get(f"/api/jobs/{cancelled}")).body["status"] == "cancelled"
    answer = await wire.post("/api/jobs/cancel", {"job_ids": [cancelled, "bad"]})
    assert (answer.status, answer.body["invalid_ids"]) == (400, ["bad"])


async def test_previews_can_be_turned_off_for_one_job(wire: Wire, listener: Listener) -> None:
    prompt_id = await wire.submit(txt2img(), "me", extra_data={"preview_method": "none"})
    await listener.until_over(prompt_id)
    assert listener.events("progress", prompt_id)
    assert "preview 4" not in listener.kinds()
    prompt_id = await wire.submit(txt2img(), "me", extra_data={"preview_method": "latent2rgb"})
    await listener.until_over(prompt_id)
    assert "preview 4" in listener.kinds()
