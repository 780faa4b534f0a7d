"""Download Discord attachments, with a size limit and a deadline."""

import asyncio
import logging
from typing import Final

import aiohttp

from bot.comfyui import read_into
from bot.errors import Oversized, PictureRefused
from bot.spool import Box, Content

log = logging.getLogger(__name__)

_SECONDS: Final = 60.0
_HTTP_OK: Final = 200


async def download(url: str, most_bytes: int, box: Box) -> Content:
    """Download from Discord's own URL. Raises `PictureRefused` (not_fetched, too_many_bytes) or `SpoolFailed`."""
    try:
        async with (
            asyncio.timeout(_SECONDS),
            box.writing() as writing,
            aiohttp.ClientSession() as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != _HTTP_OK:
                log.warning("could not download an attachment: Discord answered %d", response.status)
                raise PictureRefused("not_fetched")
            # The size that Discord announced was checked before; the bytes that arrive are what counts.
            await read_into(response, most_bytes, "attachment", writing.write)
            return await writing.done()
    except Oversized:
        raise PictureRefused("too_many_bytes", most_bytes) from None
    except (aiohttp.ClientError, TimeoutError) as fault:
        log.warning("could not download an attachment: %s", str(fault) or type(fault).__name__)
        raise PictureRefused("not_fetched") from fault
