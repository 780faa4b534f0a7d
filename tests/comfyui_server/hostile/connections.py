"""Connections that fail: silent, slow, or reset before and after the request is done."""

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.comfyui_server.hostile.rules import Answer

_POLL_SECONDS: Final = 0.05
_DRIP_SECONDS: Final = 1.0
_PIECES: Final = 20


async def reset(request: web.Request, _: Handler) -> web.StreamResponse:
    """The connection is reset before anything is done."""
    return _aborted(request)


async def reset_after(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What was asked for is done, and the connection is reset before the answer."""
    await handler(request)
    return _aborted(request)


async def silent(request: web.Request, _: Handler) -> web.StreamResponse:
    """Accepted, and never answered."""
    while _open(request):  # noqa: ASYNC110 - a connection that goes away tells nobody
        await asyncio.sleep(_POLL_SECONDS)
    return web.Response()


def slowly(seconds: float) -> Answer:
    """The true answer in equal pieces, spread over so many seconds."""

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        true = await handler(request)
        assert isinstance(true, web.Response)
        assert isinstance(true.body, bytes)
        response = web.StreamResponse(headers={"Content-Type": true.content_type})
        await response.prepare(request)
        size = len(true.body) // _PIECES + 1
        for start in range(0, len(true.body), size):
            await asyncio.sleep(seconds / _PIECES)
            await response.write(true.body[start : start + size])
        return response

    return answer


async def drip(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The true answer, a byte a second."""
    true = await handler(request)
    content = true.body if isinstance(true, web.Response) and isinstance(true.body, bytes) else bytes(1000)
    response = web.StreamResponse(headers={"Content-Length": str(len(content)), "Content-Type": "application/json"})
    await response.prepare(request)
    try:
        for one in content:
            if not _open(request):
                break
            await response.write(bytes([one]))
            await asyncio.sleep(_DRIP_SECONDS)
    except ConnectionError:
        pass  # The other side has had enough.
    return response


def _open(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _aborted(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
