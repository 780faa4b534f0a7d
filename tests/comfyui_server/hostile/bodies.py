"""Answers with status 200 whose bodies are not what they should be."""

import functools
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.comfyui_server.hostile.rules import Answer

_PIECE: Final = 2**20
_DEEP: Final = 200_000
_GZIP_HEADER: Final = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"

JSON_SHAPES: Final = {
    "null": "null",
    "a number": "7",
    "a text": '"yes"',
    "a list": "[[], {}, 7]",
    "an empty object": "{}",
    "another object": '{"error": null, "name": null, "prompt_id": 7, "node_errors": [[]], "queue_running": 7}',
    "200,000 deep": "[" * _DEEP + "]" * _DEEP,
    "objects 200,000 deep": '{"a":' * _DEEP + "1" + "}" * _DEEP,
    "not a number": '{"prompt_id": NaN, "node_errors": {"1": Infinity}}',
    "ten thousand digits": f'{{"number": {"9" * 10_000}}}',
    "half a character": '{"name": "\\ud800", "prompt_id": "\\udfff"}',
}
"""JSON that no ComfyUI answers with."""


def body(content: bytes | str, content_type: str = "application/json") -> Answer:
    """Status 200 and this."""
    raw = content.encode() if isinstance(content, str) else content

    async def answer(request: web.Request, _: Handler) -> web.StreamResponse:
        return web.Response(body=raw, content_type=content_type)

    return answer


EMPTY: Final = body(b"")
PAGE: Final = body("<!doctype html><html><body>Please log in</body></html>", "text/html")


def changed(change: Callable[[Any], object]) -> Answer:
    """The true answer with its JSON changed."""

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        true = await handler(request)
        assert isinstance(true, web.Response)
        assert isinstance(true.body, bytes)
        return web.json_response(change(json.loads(true.body)), status=true.status)

    return answer


async def cut_off(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The true answer's length, half of its bytes, and then the connection is closed."""
    true = await handler(request)
    content = true.body if isinstance(true, web.Response) and isinstance(true.body, bytes) else bytes(_PIECE)
    response = web.StreamResponse(headers={"Content-Length": str(len(content) + 2)})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def endless(size: int, piece: bytes = bytes(_PIECE)) -> Answer:
    """So many bytes without a Content-Length, piece by piece, or until the other side has had enough."""

    async def answer(request: web.Request, _: Handler) -> web.StreamResponse:
        return await _chunked(request, (piece for _ in range(size // len(piece))), {})

    return answer


def gzip_bomb(size: int) -> Answer:
    """About a thousandth of `size` bytes on the wire, which unpack to `size` zeros."""

    async def answer(request: web.Request, _: Handler) -> web.StreamResponse:
        headers = {"Content-Encoding": "gzip", "Content-Type": "image/png"}
        return await _chunked(request, _bomb(size), headers)

    return answer


async def _chunked(request: web.Request, pieces: Iterator[bytes], headers: dict[str, str]) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    try:
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    except ConnectionError:
        pass  # The other side has had enough.
    return response


def _bomb(size: int) -> Iterator[bytes]:
    """Blocks that stand alone can be repeated: each is compressed once."""
    count, block = size // (16 * _PIECE), _zeros()
    yield _GZIP_HEADER
    for _ in range(count):
        yield block
    yield zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    checksum = 0
    for _ in range(count):
        checksum = zlib.crc32(bytes(16 * _PIECE), checksum)
    yield struct.pack("<II", checksum, 16 * _PIECE * count & 0xFFFFFFFF)


@functools.cache
def _zeros() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(bytes(16 * _PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
