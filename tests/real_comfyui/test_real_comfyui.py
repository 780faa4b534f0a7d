"""The tests' own ComfyUI does what the other tests take for granted."""

import asyncio
import json
import struct
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.real_comfyui import RealComfyUI, Restartable

pytestmark = pytest.mark.real

GRAPHS = Path(__file__).parent / "graphs"
DEADLINE = 60.0
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
PREVIEW_WITH_METADATA = 4


def graph(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((GRAPHS / name).read_text())
    return content


def with_seed(what: dict[str, Any], seed: int) -> dict[str, Any]:
    return what | {"3": what["3"] | {"inputs": what["3"]["inputs"] | {"seed": seed}}}


def new_seed() -> int:
    """Return a seed that no earlier test left in the server's cache."""
    return uuid.uuid4().int % 2**53


@pytest.fixture
async def http(real_comfyui: RealComfyUI) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(real_comfyui.url) as session:
        yield session


async def submit(http: aiohttp.ClientSession, what: dict[str, Any], client_id: str = "nobody-listens") -> str:
    # Without any client_id the history of a job that was wholly cached lists no outputs.
    body = {"prompt": what, "prompt_id": str(uuid.uuid4()), "client_id": client_id}
    async with http.post("/prompt", json=body, raise_for_status=True) as response:
        answer: dict[str, Any] = await response.json()
    assert answer["node_errors"] == {}
    return str(answer["prompt_id"])


async def finished(http: aiohttp.ClientSession, prompt_id: str) -> dict[str, Any]:
    """Ask the history until it knows the job: it is written only when all is over."""
    async with asyncio.timeout(DEADLINE):
        while True:
            async with http.get(f"/history/{prompt_id}", raise_for_status=True) as response:
                history: dict[str, dict[str, Any]] = await response.json()
            if entry := history.get(prompt_id):
                return entry
            await asyncio.sleep(0.05)


async def view(http: aiohttp.ClientSession, image: dict[str, str]) -> bytes:
    async with http.get("/view", params=image, raise_for_status=True) as response:
        return await response.read()


async def until_all_is_over(websocket: aiohttp.ClientWebSocketResponse) -> list[bytes]:
    """Return the binary frames up to the event that says that a job is over."""
    frames: list[bytes] = []
    async with asyncio.timeout(DEADLINE):
        async for message in websocket:
            if message.type is aiohttp.WSMsgType.BINARY:
                frames.append(message.data)
                continue
            event = json.loads(message.data)
            assert event["type"] != "execution_error", event
            if event["type"] == "executing" and event["data"]["node"] is None:
                return frames
    raise AssertionError("the server closed the websocket")


async def test_a_graph_without_a_model_runs_and_its_picture_can_be_fetched(
    real_comfyui: RealComfyUI, http: aiohttp.ClientSession
) -> None:
    entry = await finished(http, await submit(http, graph("model_free.json")))

    assert entry["status"]["status_str"] == "success"
    [image] = entry["outputs"]["3"]["images"]
    picture = await view(http, image)
    assert picture.startswith(PNG)
    assert picture == (real_comfyui.output / image["filename"]).read_bytes()


async def test_the_real_sampler_runs_and_shows_its_previews(http: aiohttp.ClientSession) -> None:
    client_id = uuid.uuid4().hex
    async with http.ws_connect("/ws", params={"clientId": client_id}, max_msg_size=0) as websocket:
        await websocket.send_json({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
        prompt_id = await submit(http, with_seed(graph("txt2img.json"), new_seed()), client_id)
        frames = await until_all_is_over(websocket)

    assert [struct.unpack_from(">I", frame) for frame in frames] == [(PREVIEW_WITH_METADATA,)] * len(frames)
    for frame in frames:
        [length] = struct.unpack_from(">I", frame, 4)
        metadata, image = json.loads(frame[8 : 8 + length]), frame[8 + length :]
        assert metadata["prompt_id"] == prompt_id
        assert metadata["node_id"] == "3"
        assert image.startswith(JPEG)
    assert len(frames) == 2  # one a step

    entry = await finished(http, prompt_id)
    [image] = entry["outputs"]["9"]["images"]
    assert (await view(http, image)).startswith(PNG)


async def test_two_seeds_give_two_pictures(http: aiohttp.ClientSession) -> None:
    pictures = set()
    for seed in (1, 2):
        entry = await finished(http, await submit(http, with_seed(graph("txt2img.json"), seed)))
        pictures.add(await view(http, entry["outputs"]["9"]["images"][0]))

    assert len(pictures) == 2


async def test_pictures_can_come_over_the_websocket_alone(
    real_comfyui: RealComfyUI, http: aiohttp.ClientSession
) -> None:
    wanted = graph("model_free.json")
    wanted = {"1": wanted["1"], "2": {"class_type": "SaveImageWebsocket", "inputs": {"images": ["1", 0]}}}
    before = set(real_comfyui.output.iterdir())
    client_id = uuid.uuid4().hex
    async with http.ws_connect("/ws", params={"clientId": client_id}, max_msg_size=0) as websocket:
        await submit(http, wanted, client_id)
        [frame] = await until_all_is_over(websocket)

    assert frame[8:].startswith(PNG)
    assert set(real_comfyui.output.iterdir()) == before


async def test_after_a_crash_it_starts_again_where_it_was_and_has_forgotten_the_job(
    real_comfyui: RealComfyUI, real_comfyui_process: Restartable, http: aiohttp.ClientSession
) -> None:
    slow = graph("txt2img.json")
    slow["3"]["inputs"]["steps"] = 10_000
    done = await finished(http, await submit(http, graph("model_free.json")))
    client_id = uuid.uuid4().hex
    async with http.ws_connect("/ws", params={"clientId": client_id}) as websocket:
        lost = await submit(http, slow, client_id)
        await a_step_of(websocket)
        real_comfyui_process.kill()

    again = await asyncio.to_thread(real_comfyui_process.start)
    assert (again.url, again.base) == (real_comfyui.url, real_comfyui.base)
    async with http.get(f"/history/{lost}") as response:
        assert await response.json() == {}
    [image] = done["outputs"]["3"]["images"]
    assert (await view(http, image)).startswith(PNG)


async def a_step_of(websocket: aiohttp.ClientWebSocketResponse) -> None:
    """Return once the sampler has made a step."""
    async with asyncio.timeout(DEADLINE):
        async for message in websocket:
            if message.type is aiohttp.WSMsgType.TEXT and json.loads(message.data)["type"] == "progress":
                return
