"""The answers of all servers of a process: equal ones are one, and they are asked for a few at a time."""

import asyncio
import json
import tracemalloc
import weakref
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.comfyui import ComfyUI, ObjectInfos
from bot.errors import Unreachable
from tests.comfyui_server import ComfyUIStandIn
from tests.waiting import until
from tests.workflows.known import info_of, recorded

SAID = {"A": {"input": {"required": {"x": ["INT"]}}}, "B": {}}
BODY = json.dumps(SAID).encode()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_equal_answers_are_one(stand_in: ComfyUIStandIn, session: aiohttp.ClientSession) -> None:
    infos = ObjectInfos()
    async with ComfyUIStandIn() as other:
        first, second = (ComfyUI(server.url, session, infos=infos) for server in (stand_in, other))
        info = await first.object_info()
        assert await second.object_info() is info
        assert await first.ask_object_info() is info
        other.faults.unknown_models.add("tiny-random-sd15.safetensors")
        assert await second.object_info() is info
        assert (await second.ask_object_info()).digest != info.digest
        assert (await second.object_info()).digest != info.digest


async def test_the_same_in_other_words_is_one_as_well() -> None:
    infos = ObjectInfos()
    info = await infos.read(BODY)
    assert await infos.read(b"\n" + BODY.replace(b'}, "B', b'} ,\n"B')) is info
    assert await infos.read(info.body) is info


async def test_an_answer_that_is_known_is_not_even_decoded() -> None:
    infos, body = ObjectInfos(), info_of(recorded()).body
    info = await infos.read(body)
    tracemalloc.start()
    try:
        assert await infos.read(body) is info
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < len(body) / 10


async def test_what_nobody_says_any_more_is_not_kept() -> None:
    infos = ObjectInfos()
    gone = weakref.ref(await infos.read(BODY))
    await until(lambda: gone() is None)


async def test_few_are_asked_at_once_and_all_in_the_end() -> None:
    infos, asking, most, done = ObjectInfos(), 0, 0, 0

    async def ask() -> None:
        nonlocal asking, most, done
        async with infos.turn():
            asking += 1
            most = max(most, asking)
            await infos.read(BODY)
            asking -= 1
            done += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(50):
            tasks.create_task(ask())
    assert (most, done) == (4, 50)


async def test_servers_that_never_answer_hold_up_nobody() -> None:
    infos, never, asking = ObjectInfos(turn_seconds=0.05), asyncio.Event(), 0

    async def ask() -> None:
        nonlocal asking
        async with infos.turn():
            asking += 1
            await never.wait()

    frozen = [asyncio.create_task(ask()) for _ in range(50)]
    await until(lambda: asking >= 4)
    async with asyncio.timeout(30), infos.turn():
        pass
    for task in frozen:
        task.cancel()
    await asyncio.gather(*frozen, return_exceptions=True)


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"A": \xff}', b'{"A": ' + b"[" * 100_000])
async def test_what_is_no_object_info_is_refused(body: bytes, session: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(30):
        server = await asyncio.start_server(lambda reader, writer: _answer(reader, writer, body), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(Unreachable, match="unexpected answer"):
                await ComfyUI(f"http://127.0.0.1:{port}", session).object_info()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def test_node_classes_that_a_server_has_renamed_are_known(session: aiohttp.ClientSession) -> None:
    rules = {"Old": [{"new_node_id": "A", "input_mapping": [{"old_id": "y", "new_id": "x"}]}]}
    answers = {"/object_info": SAID, "/node_replacements": rules}

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(answers[request.path])

    app = web.Application()
    app.router.add_routes([web.get(path, answer) for path in answers])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ((_, port),) = runner.addresses
        info = await ComfyUI(f"http://127.0.0.1:{port}", session).object_info()
    finally:
        await runner.cleanup()
    assert info.required("Old") == ("y",)
