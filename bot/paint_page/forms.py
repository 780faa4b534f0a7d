"""Reads what the page sends: a prompt and a mask, bounded while they arrive and with a deadline."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from bot.paint_page.desk import Refusal
from bot.spool import Box, Content
from bot.translation import N_, _

log = logging.getLogger(__name__)

MASK_BYTES: Final = 8 * 2**20
_PROMPT_BYTES: Final = 2**17
BODY_BYTES: Final = MASK_BYTES + 2 * _PROMPT_BYTES
"""A mask, a prompt, and what a browser writes around them."""
_BLOCK: Final = 2**16
_TOO_LARGE: Final = N_("That mask is too large: at most {most} MB. Reload the page and mark less detail.")
_TOO_SLOW: Final = N_("The mask took too long to arrive. Check your connection, then press **Send** again.")
_INCOMPLETE: Final = N_("Your browser didn’t send everything. Reload the page and try again.")


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent. The mask has not been looked at."""

    prompt: str
    mask: Content


class _TooLargeError(Exception):
    """A field has more bytes than it may have."""


async def read_form(request: web.Request, box: Box, seconds: float) -> Form | Refusal:
    """The form in the body of a request, or why it is refused. Raises `SpoolFailed`."""
    too_large = Refusal(413, _(_TOO_LARGE).format(most=MASK_BYTES // 2**20))
    if request.content_type != "multipart/form-data" or "Content-Encoding" in request.headers:
        return Refusal(415, _(_INCOMPLETE))
    if (request.content_length or 0) > BODY_BYTES:
        return too_large
    try:
        async with asyncio.timeout(seconds):
            return await _form(request, box)
    except _TooLargeError:
        return too_large
    except TimeoutError:
        return Refusal(408, _(_TOO_SLOW))
    except (ValueError, TypeError, LookupError, AssertionError, RuntimeError, OSError, HttpProcessingError) as fault:
        # The text of the fault can hold what was sent.
        log.info("a body could not be read: %s", type(fault).__name__)
        return Refusal(400, _(_INCOMPLETE))


async def _form(request: web.Request, box: Box) -> Form:
    """The form's two fields. Raises `ValueError`, among others, if anything is missing or of another kind."""
    prompt: str | None = None
    mask: Content | None = None
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise TypeError("a form within the form")
        if part.name == "mask" and mask is None:
            mask = await _mask(part, box)
        elif part.name == "prompt" and prompt is None:
            # Browsers send every line break in a form as CR LF.
            prompt = (await _prompt(part)).decode().replace("\r\n", "\n")
        else:
            raise ValueError("a field that the page does not have")
    if prompt is None or mask is None:
        raise ValueError("a field is missing")
    return Form(prompt, mask)


async def _mask(part: BodyPartReader, box: Box) -> Content:
    size = 0
    async with box.writing() as writing:
        while block := await part.read_chunk(_BLOCK):
            size += len(block)
            if size > MASK_BYTES:
                raise _TooLargeError
            await writing.write(block)
        return await writing.done()


async def _prompt(part: BodyPartReader) -> bytes:
    text = bytearray()
    while block := await part.read_chunk(_BLOCK):
        text += block
        if len(text) > _PROMPT_BYTES:
            raise _TooLargeError
    return bytes(text)
