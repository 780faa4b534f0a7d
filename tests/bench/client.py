"""Our client against the least that could work: a bare aiohttp script that keeps its socket. Same jobs, turn about."""

import json
import time
import uuid
from collections.abc import Awaitable, Callable

import aiohttp

from bot.comfyui import ComfyUI, EventStream, PromptFollower
from tests.bench.figures import Figures
from tests.comfyui_server.graphs import Graph
from tests.waiting import until

Job = Callable[[Graph], Awaitable[bytes]]


async def compare(url: str, graph: Callable[[], Graph], runs: int) -> tuple[Figures, Figures]:
    """Seconds from POST /prompt to the image's bytes: ours, and the bare script's."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/ws", params={"clientId": "bare"}, max_msg_size=0) as socket,
    ):
        server = ComfyUI(url, session)
        async with server.events(uuid.uuid4().hex) as stream:
            await until(stream.connected.is_set)

            async def ours(graph: Graph) -> bytes:
                return await _ours(server, stream, graph)

            async def bare(graph: Graph) -> bytes:
                return await _bare(session, socket, url, graph)

            seconds: dict[Job, list[float]] = {ours: [], bare: []}
            for turn in range(runs + 3):
                for job in (ours, bare) if turn % 2 else (bare, ours):
                    began = time.perf_counter()
                    assert await job(graph())
                    if turn >= 3:  # the first ones warm up
                        seconds[job].append(time.perf_counter() - began)
    return Figures(seconds[ours]), Figures(seconds[bare])


async def _ours(server: ComfyUI, stream: EventStream, graph: Graph) -> bytes:
    prompt_id = str(uuid.uuid4())
    with PromptFollower(server, stream, prompt_id, lambda _: None) as follower:
        await server.submit(graph, prompt_id=prompt_id, client_id=stream.client_id)
        finished = await follower.end()
    return await server.fetch(finished.files[0])


async def _bare(
    session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse, url: str, graph: Graph
) -> bytes:
    async with session.post(f"{url}/prompt", json={"prompt": graph, "client_id": "bare"}) as response:
        prompt_id = (await response.json())["prompt_id"]
    while True:
        message = await socket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            event = json.loads(message.data)
            if event["type"] == "executing" and event["data"]["node"] is None:
                break
    async with session.get(f"{url}/history/{prompt_id}") as response:
        outputs = (await response.json())[prompt_id]["outputs"]
    (image,) = next(iter(outputs.values()))["images"]
    async with session.get(f"{url}/view", params=image) as response:
        return await response.read()
