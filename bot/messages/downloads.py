"""Fetching what a member attached, with a cap and a deadline."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import aiohttp

from bot.errors import PictureRefused

log = logging.getLogger(__name__)

_SECONDS: Final = 60.0
_CHUNK: Final = 1 << 16
_HTTP_OK: Final = 200


async def download(url: str, most_bytes: int) -> bytes:
    """The bytes at one of Discord's own addresses. Raises `PictureRefused` (not_fetched, too_many_bytes)."""
    content = bytearray()
    try:
        async with asyncio.timeout(_SECONDS), aiohttp.ClientSession() as session, session.get(url) as response:
            if response.status != _HTTP_OK:
                log.warning("an attachment was not fetched: Discord answered %d", response.status)
                raise PictureRefused("not_fetched")
            async for chunk in response.content.iter_chunked(_CHUNK):
                content += chunk
                # What Discord said about its size is checked too, but what arrives decides.
                if len(content) > most_bytes:
                    raise PictureRefused("too_many_bytes", most_bytes)
    except (aiohttp.ClientError, TimeoutError) as fault:
        log.warning("an attachment was not fetched: %s", str(fault) or type(fault).__name__)
        raise PictureRefused("not_fetched") from fault
    return bytes(content)
