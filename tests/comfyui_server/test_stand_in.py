"""What a test can ask the stand-in, how it restarts, and how it runs as a program."""

import asyncio
import re
import signal
import sys
import uuid

import aiohttp
import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import model_free, txt2img
from tests.comfyui_server.wire import DEADLINE, Listener, Wire, files, until, wired
from tests.programs import ROOT

# --- What a test can ask it


async def test_it_tells_what_was_submitted_and_what_began(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    graph = model_free()
    refused = await wire.post("/prompt", {"prompt": {}})
    prompt_id = await wire.submit(graph, "me")
    (image,) = files(await wire.finished(prompt_id))
    assert refused.status == 400
    assert stand_in.submitted == [{"prompt": {}}, {"prompt": graph, "client_id": "me"}]
    assert stand_in.executed == [prompt_id]
    assert stand_in.output_bytes(**image) == (await wire.get("/view", **image)).body


async def test_a_double_run_shows(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    prompt_id = str(uuid.uuid4())
    for _ in range(2):
        await wire.submit(model_free(), prompt_id=prompt_id)
    await until(lambda: stand_in.executed == [prompt_id, prompt_id])


async def test_a_pace_can_be_set() -> None:
    async with ComfyUIStandIn(steps_per_second=0.01) as snail, wired(snail.url) as slow:
        prompt_id = await slow.submit(txt2img(steps=1))
        async with ComfyUIStandIn(steps_per_second=100) as hare, wired(hare.url) as fast:
            await fast.finished(await fast.submit(txt2img(steps=20)))
        assert snail.executed == [prompt_id]
        assert await slow.history(prompt_id) == {}


async def test_more_checkpoints_can_be_offered() -> None:
    async with ComfyUIStandIn(checkpoints=("a.safetensors", "b.ckpt")) as stand_in, wired(stand_in.url) as wire:
        assert (await wire.get("/models/checkpoints")).body == ["a.safetensors", "b.ckpt"]
        info = (await wire.get("/object_info/CheckpointLoaderSimple")).body["CheckpointLoaderSimple"]
        assert info["input"]["required"]["ckpt_name"][0] == ["a.safetensors", "b.ckpt"]


# --- Restarts


async def test_a_restart_forgets_everything_but_the_files(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    graph = model_free() | {"4": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}
    entry = await wire.finished(await wire.submit(graph))
    temporary, saved = entry["outputs"]["4"]["images"][0], entry["outputs"]["3"]["images"][0]
    stand_in.faults.hang_in = "KSampler"
    listener = await wire.connect("me")
    running = await wire.submit(txt2img(), "me")
    await wire.submit(model_free(), "me")
    await listener.until(lambda: listener.events("execution_start", running))
    port = stand_in.port
    await stand_in.stop()
    assert await listener.until_closed() == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
    stand_in.faults.hang_in = None
    await stand_in.start()
    assert stand_in.port == port
    assert (await wire.get("/queue")).body == {"queue_running": [], "queue_pending": []}
    assert (await wire.get("/history")).body == {}
    assert (await wire.get("/view", **temporary)).status == 404
    assert (await wire.get("/view", **saved)).status == 200
    answer = await wire.post("/prompt", {"prompt": model_free()})
    assert answer.body["number"] == 0
    assert stand_in.executed[1] == running


async def test_it_dies_in_the_middle_of_sampling(stand_in: ComfyUIStandIn, wire: Wire, listener: Listener) -> None:
    stand_in.faults.die_after_steps = 3
    prompt_id = await wire.submit(txt2img(steps=8), "me")
    assert await listener.until_closed() == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
    await until(lambda: not stand_in.alive)
    assert max(body["value"] for body in listener.events("progress", prompt_id)) <= 3
    with pytest.raises(aiohttp.ClientConnectionError):
        await wire.get("/queue")
    await stand_in.start()
    assert await wire.history(prompt_id) == {}
    await wire.finished(await wire.submit(txt2img(steps=8)))


# --- As a program


async def test_it_runs_as_a_program_until_it_is_told_to_end() -> None:
    arguments = ("-m", "tests.comfyui_server", "--port", "0", "--steps-per-second", "100")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(DEADLINE):
            line = (await process.stdout.readline()).decode()
            match = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert match is not None, line
            async with aiohttp.ClientSession(match[0]) as session:
                await Wire(session).finished(await Wire(session).submit(txt2img()))
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
