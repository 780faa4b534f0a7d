"""Every fault that a test can switch on does what it says."""

import asyncio
import io
import json
import uuid

import aiohttp
import pytest
from PIL import Image

from tests.comfyui_server import OUT_OF_MEMORY, ComfyUIStandIn, Failure
from tests.comfyui_server.graphs import model_free, txt2img
from tests.comfyui_server.wire import DEADLINE, Listener, Wire

# --- Nodes that fail


async def test_a_node_class_can_be_made_to_fail(stand_in: ComfyUIStandIn, wire: Wire, listener: Listener) -> None:
    stand_in.faults.fail["VAEDecode"] = Failure()
    prompt_id = await wire.submit(txt2img(), "me")
    await listener.until_over(prompt_id)
    (error,) = listener.events("execution_error", prompt_id)
    assert (error["node_id"], error["node_type"]) == ("8", "VAEDecode")
    assert error["exception_type"] == "RuntimeError"
    assert "/srv/ComfyUI" in error["exception_message"]
    assert any("/srv/ComfyUI" in line for line in error["traceback"])
    del stand_in.faults.fail["VAEDecode"]
    entry = await wire.finished(await wire.submit(txt2img(), "me"))
    assert entry["status"]["completed"] is True


async def test_running_out_of_memory_is_told_as_torch_does(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.fail["KSampler"] = OUT_OF_MEMORY
    entry = await wire.finished(await wire.submit(txt2img()))
    event, error = entry["status"]["messages"][-1]
    assert event == "execution_error"
    assert error["exception_type"] == "torch.OutOfMemoryError"
    assert error["exception_message"].startswith("Allocation on device")


async def test_a_hanging_node_is_deaf_to_an_interrupt_until_it_is_let_go(
    stand_in: ComfyUIStandIn, wire: Wire, listener: Listener
) -> None:
    stand_in.faults.hang_in = "KSampler"
    prompt_id = await wire.submit(txt2img(), "me")
    await listener.until(lambda: any(body["node"] == "3" for body in listener.events("executing")))
    assert (await wire.post(f"/api/jobs/{prompt_id}/cancel", {})).body == {"cancelled": True}
    assert [row[1] for row in (await wire.get("/queue")).body["queue_running"]] == [prompt_id]
    assert not listener.events("execution_interrupted")
    stand_in.faults.hang_in = None
    await listener.until_over(prompt_id)
    assert listener.events("execution_interrupted", prompt_id)


async def test_a_model_that_is_gone_is_refused(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.unknown_models.add("tiny-random-sd15.safetensors")
    answer = await wire.post("/prompt", {"prompt": txt2img()})
    assert answer.status == 400
    (error,) = answer.body["node_errors"]["4"]["errors"]
    assert error["details"] == "ckpt_name: 'tiny-random-sd15.safetensors' not in []"


# --- Sockets and HTTP that fail


async def test_silent_sockets_are_open_and_say_nothing(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.silent = True
    async with wire.session.ws_connect("/ws", params={"clientId": "me"}) as websocket:
        await wire.finished(await wire.submit(model_free(), "me"))
        assert not websocket.closed
        stand_in.faults.silent = False
        await wire.finished(await wire.submit(model_free(), "me"))
        first = json.loads((await websocket.receive(timeout=DEADLINE)).data)
        # Of the second job, that is: nothing was kept for later.
        assert first == {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 1}}}}


async def test_sockets_can_be_cut_off_after_some_frames(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.drop_after = 5
    listener = await wire.connect("me")
    prompt_id = await wire.submit(txt2img(), "me")
    assert await listener.until_closed() == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
    assert len(listener.heard) <= 5
    assert (await wire.finished(prompt_id))["status"]["completed"] is True


async def test_events_can_come_twice(stand_in: ComfyUIStandIn, wire: Wire, listener: Listener) -> None:
    stand_in.faults.duplicate_events = True
    prompt_id = await wire.submit(model_free(), "me")
    await listener.until(lambda: len(listener.events("executing", prompt_id)) == 8)
    for kind in ("execution_start", "executed", "execution_success"):
        assert len(listener.events(kind, prompt_id)) == 2


async def test_the_history_can_be_late(stand_in: ComfyUIStandIn, wire: Wire, listener: Listener) -> None:
    stand_in.faults.history_delay = 0.5
    prompt_id = await wire.submit(model_free(), "me")
    await listener.until(lambda: listener.events("execution_success", prompt_id))
    assert await wire.history(prompt_id) == {}
    assert [row[1] for row in (await wire.get("/queue")).body["queue_running"]] == [prompt_id]
    await listener.until_over(prompt_id)
    assert (await wire.history(prompt_id))["status"]["completed"] is True


async def test_paths_can_be_broken(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.http_status = {"/history": 502, "/prompt": 500}
    assert (await wire.get("/history")).status == 502
    assert (await wire.get("/api/history/x")).status == 502
    assert (await wire.post("/prompt", {"prompt": model_free()})).status == 500
    assert (await wire.get("/queue")).status == 200
    assert stand_in.submitted == []
    stand_in.faults.http_status.clear()
    assert (await wire.get("/history")).status == 200


async def test_http_can_be_too_slow_for_a_client(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.http_delay = DEADLINE
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await wire.get("/queue")


async def test_a_prompt_can_be_accepted_and_its_answer_lost(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.lost_replies = 1
    prompt_id = str(uuid.uuid4())
    with pytest.raises(aiohttp.ClientConnectionError):
        await wire.submit(model_free(), prompt_id=prompt_id)
    await wire.finished(prompt_id)
    assert stand_in.executed == [prompt_id]
    await wire.submit(model_free())


async def test_a_client_that_does_not_read_holds_up_the_others(wire: Wire, listener: Listener) -> None:
    async with wire.session.ws_connect("/ws", params={"clientId": "slow"}) as slow:
        name = (await wire.upload("noise.png", noise_png())).body["name"]
        graph = {
            "1": {"class_type": "LoadImage", "inputs": {"image": name}},
            "2": {"class_type": "SaveImageWebsocket", "inputs": {"images": ["1", 0]}},
        }
        # More than the pipe holds, and nobody takes anything out.
        slowed = [await wire.submit(graph, "slow") for _ in range(8)]
        await wire.finished(slowed[-1])
        mine = await wire.submit(model_free(), "me")
        await wire.finished(mine)
        assert not listener.events("execution_start", mine)
        await slow.close()
        await listener.until_over(mine)


def encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def noise_png() -> bytes:
    return encoded(Image.merge("RGB", [Image.effect_noise((1024, 1024), 90) for _ in range(3)]))
