"""Bodies from outside: counted while they arrive, whatever their headers say of them."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from bot.comfyui import ComfyUI
from bot.errors import Oversized
from bot.workflows import OutputFile

MEBIBYTE = 2**20
FILE = OutputFile("9", "a.png", "", "output")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Served = Callable[[Answer], Awaitable[ComfyUI]]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A ComfyUI whose `/view` answers like this."""
    runners = []
    async with aiohttp.ClientSession() as session:

        async def serve(answer: Answer) -> ComfyUI:
            app = web.Application()
            app.router.add_get("/view", answer)
            runner = web.AppRunner(app, shutdown_timeout=0)
            runners.append(runner)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return ComfyUI(f"http://127.0.0.1:{runner.addresses[0][1]}", session)

        yield serve
        for runner in runners:
            await runner.cleanup()


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(bytes(2**16))
    except ConnectionError:
        return response


async def bomb(_: web.Request) -> web.StreamResponse:
    return web.Response(body=gzip.compress(bytes(300 * MEBIBYTE), 1), headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize("answer", [endless, bomb])
async def test_more_than_was_asked_for_is_not_read(served: Served, answer: Answer) -> None:
    server = await served(answer)
    arrived = 0

    async def take(piece: bytes) -> None:
        nonlocal arrived
        arrived += len(piece)

    with pytest.raises(Oversized) as refused:
        await server.fetch_into(FILE, MEBIBYTE, take)
    assert arrived <= MEBIBYTE < refused.value.size < 2 * MEBIBYTE
    with pytest.raises(Oversized):
        await server.fetch(FILE, MEBIBYTE)


async def test_what_is_announced_as_too_large_is_not_read_at_all(served: Served) -> None:
    async def large(_: web.Request) -> web.StreamResponse:
        return web.Response(body=bytes(1001))

    server = await served(large)
    with pytest.raises(Oversized) as refused:
        await server.fetch(FILE, 1000)
    assert refused.value.size == 1001
    assert await server.fetch(FILE, 1001) == bytes(1001)


async def test_images_are_asked_for_without_packing(served: Served) -> None:
    async def told(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.headers["Accept-Encoding"], content_type="image/png")

    assert await (await served(told)).fetch(FILE) == b"identity"
