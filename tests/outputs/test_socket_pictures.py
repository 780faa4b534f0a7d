"""Images off the socket: whose they are, and whether all of them came."""

import asyncio
import json
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.comfyui import ComfyUI, Event, EventStream, Preview, PromptFollower, SocketImages
from bot.workflows import send_over_socket
from tests.comfyui_server import ComfyUIStandIn, Faults, VersionName
from tests.outputs.ordering import Graph, coloured, saved
from tests.real_comfyui import RealComfyUI
from tests.waiting import until

PNG = struct.pack(">II", 1, 2) + b"a finished picture"


def texts(*events: tuple[str, dict[str, object]]) -> list[str]:
    return [json.dumps({"type": name, "data": data}) for name, data in events]


@asynccontextmanager
async def speaking(frames: list[str | bytes]) -> AsyncIterator[tuple[ComfyUI, EventStream]]:
    """A server that says just this to every client, and a stream of it that is not open yet."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for frame in frames:
            await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.router.add_get("/ws", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            server = ComfyUI(f"http://127.0.0.1:{runner.addresses[0][1]}", session)
            yield server, server.events("me")
    finally:
        await runner.cleanup()


async def heard(frames: list[str | bytes], count: int) -> list[Event]:
    events: list[Event] = []
    async with speaking(frames) as (_, stream):
        with stream.listening("p", events.append):
            async with stream:
                await until(lambda: len(events) >= count)
    return events


async def test_a_frame_without_metadata_belongs_to_the_node_that_executes() -> None:
    started = texts(("execution_start", {"prompt_id": "p"}), ("executing", {"node": "9", "prompt_id": "p"}))
    *_, picture = await heard([*started, PNG], 3)
    assert picture == Preview("p", "9", "image/png", b"a finished picture")


async def test_after_a_reconnect_it_belongs_to_the_node_that_the_server_names() -> None:
    *_, picture = await heard([*texts(("executing", {"node": "9"})), PNG], 2)
    assert picture == Preview("p", "9", "image/png", b"a finished picture")


async def test_before_any_node_executes_it_belongs_to_none() -> None:
    *_, picture = await heard([*texts(("execution_start", {"prompt_id": "p"})), PNG], 2)
    assert picture == Preview("p", None, "image/png", b"a finished picture")


def sending(count: int) -> Graph:
    return coloured("1", count=count, side=16) | saved("2", "1") | coloured("3", side=16, color=5) | saved("4", "3")


async def attempt(url: str, graph: Graph, patience: float = 10.0) -> tuple[bool, int]:
    """Whether it says that images are missing, and how many came."""
    pictures: list[bytes] = []
    async with aiohttp.ClientSession() as session:
        server = ComfyUI(url, session)
        switched, senders = send_over_socket(graph, await server.object_info())
        async with server.events(uuid.uuid4().hex) as stream:
            with_socket = asyncio.create_task(stream.connected.wait())
            await asyncio.wait([with_socket], timeout=5)
            with_socket.cancel()
            sent = SocketImages(graph, senders, stream)

            def listen(event: Event) -> None:
                if found := sent.take(event):
                    pictures.append(found[1])

            prompt_id = str(uuid.uuid4())
            with PromptFollower(server, stream, prompt_id, listen) as follower:
                await server.submit(switched, prompt_id=prompt_id, client_id=stream.client_id)
                finished = await follower.end()
                await sent.settle(patience)
    return sent.missing(finished.sent, ()), len(pictures)


async def test_a_sound_socket_misses_nothing(stand_in: ComfyUIStandIn) -> None:
    assert await attempt(stand_in.url, sending(5)) == (False, 6)


async def test_frames_that_come_twice_are_one_picture_each(stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.duplicate_events = True
    assert await attempt(stand_in.url, sending(5)) == (False, 6)


async def test_a_silent_socket_is_not_waited_for_for_ever(stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.silent = True
    assert await attempt(stand_in.url, sending(5), patience=0.1) == (True, 0)


async def test_a_sound_socket_of_a_real_server_misses_nothing(real_comfyui: RealComfyUI) -> None:
    assert await attempt(real_comfyui.url, sending(5)) == (False, 6)


async def cut(version: VersionName, frames: int) -> tuple[int, bool, int]:
    async with ComfyUIStandIn(version=version, faults=Faults(drop_after=frames)) as stand_in:
        return frames, *await attempt(stand_in.url, sending(3))


@pytest.mark.parametrize("version", ["0.33.0", "0.3.75"])
async def test_wherever_the_socket_is_cut_a_missing_picture_is_noticed(version: VersionName) -> None:
    ends = await asyncio.gather(*(cut(version, frames) for frames in range(1, 40)))
    assert [end for end in ends if not end[1] and end[2] != 4] == []
    assert any(missing for _, missing, _ in ends)
    assert any(not missing for _, missing, _ in ends)


async def test_an_output_that_was_skipped_is_not_missed() -> None:
    async with speaking([]) as (_, stream):
        sent = SocketImages(sending(1), {"2", "4"}, stream)
        for image in (b"x", b"y"):
            sent.take(Preview("p", "2", "image/png", image))
        assert sent.missing({"2": 2}, {"4"}) is False
        assert sent.missing({"2": 2}, ()) is True
        assert sent.missing({"2": 3}, {"4"}) is True
        # Nobody said how many, and the socket was not there all the time.
        assert sent.missing({}, {"4"}) is True
