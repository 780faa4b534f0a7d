"""What the light ComfyUI has beyond ComfyUI's contract, which it keeps like the others."""

import asyncio
import io
import json
import signal
import sys
from typing import Any

from PIL import Image

from tests.bench.light_comfyui import LightComfyUI
from tests.comfyui_server.graphs import txt2img
from tests.comfyui_server.wire import DEADLINE, PNG, files, wired
from tests.programs import ROOT
from tests.workflows.known import recorded


async def test_its_images_are_noise_of_the_size_that_was_asked_for_and_carry_their_graph() -> None:
    graph = txt2img(side=128, prompt_text="0.01s a fox")
    graph["5"]["inputs"]["batch_size"] = 2
    async with LightComfyUI() as comfyui, wired(comfyui.url) as wire:
        saved = files(await wire.finished(await wire.submit(graph, extra_data={"extra_pnginfo": {"workflow": {}}})))
        one, other = [(await wire.get("/view", **image)).body for image in saved]
    assert one != other
    with Image.open(io.BytesIO(one)) as image:
        image.load()
        assert image.size == (128, 128)
        assert (json.loads(image.info["prompt"]), image.info["workflow"]) == (graph, "{}")
    # As they are, they are as small as they get.
    assert len(one) > 3 * 128 * 128


async def test_over_the_socket_it_sends_the_same_images() -> None:
    graph = txt2img(side=128)
    graph["10"] = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["8", 0]}}
    async with LightComfyUI() as comfyui, wired(comfyui.url) as wire, wire.listen("me") as listener:
        prompt_id = await wire.submit(graph, "me")
        await listener.until_over(prompt_id)
        (saved,) = files(await wire.history(prompt_id))
        on_disk = (await wire.get("/view", **saved)).body
    (sent,) = [heard.picture for heard in listener.heard if heard.body.get("image_type") == "image/png"]
    assert sent.startswith(PNG)
    assert _pixels(sent) == _pixels(on_disk)


async def test_it_knows_as_many_nodes_as_a_real_server() -> None:
    async with LightComfyUI() as comfyui, wired(comfyui.url) as wire:
        assert (await wire.get("/object_info")).body.keys() == recorded().keys()


async def test_as_a_program_it_tells_when_what_ran_on_which_server() -> None:
    arguments = ("-m", "tests.bench.light_comfyui", "--servers", "2")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(DEADLINE):
            _, url = json.loads(await process.stdout.readline())["urls"]
            async with wired(url) as wire:
                prompt_id = await wire.submit(txt2img(prompt_text="0.05s a fox"))
            began, ended = [json.loads(await process.stdout.readline()) for _ in range(2)]
            assert _told(began) == _told(ended) == (url, prompt_id)
            assert ended["ended"] - began["began"] >= 0.05
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _pixels(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as image:
        return image.tobytes()


def _told(line: dict[str, Any]) -> tuple[str, str]:
    return line["url"], line["prompt_id"]
