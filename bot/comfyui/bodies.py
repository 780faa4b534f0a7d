"""Reading a body that somebody else sends: never more of it than was asked for, whatever its headers say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiohttp

from bot.errors import Oversized


async def read_into(
    response: aiohttp.ClientResponse, most: int, name: str, take: Callable[[bytes], Awaitable[None]]
) -> None:
    """Hand a body to `take` piece by piece, as it arrives; no more is read meanwhile. Bytes are counted after they are
    unpacked.

    Raises `Oversized` (for `name`) as soon as there are more than `most`, and what aiohttp raises.
    """
    if (announced := response.content_length or 0) > most:
        raise Oversized(name, announced)
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > most:
            # What is still on its way is not wanted: without this aiohttp might read it to keep the connection.
            response.close()
            raise Oversized(name, size)
        await take(piece)


async def read_whole(response: aiohttp.ClientResponse, most: int, name: str) -> bytes:
    """A body in memory. Raises as `read_into`."""
    whole = bytearray()

    async def take(piece: bytes) -> None:
        whole.extend(piece)

    await read_into(response, most, name, take)
    return bytes(whole)
