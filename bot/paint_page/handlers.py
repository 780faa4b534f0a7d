"""The page's routes. What is sent is bounded before it is read, and read with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from bot.errors import LedgerAway, SpoolFailed
from bot.paint_page.desk import Desk, Refusal
from bot.paint_page.headers import guard
from bot.paint_page.rendering import read_static, render_page, render_refusal
from bot.spool import Content, opened, size_of
from bot.translation import N_, _

log = logging.getLogger(__name__)

MASK_BYTES: Final = 8 * 2**20
BODY_BYTES: Final = MASK_BYTES + 2**18
"""A mask, a prompt, and what a browser writes around them."""
_BODY_SECONDS: Final = 90.0
_BLOCK: Final = 2**18
_AT_ONCE: Final = 4
"""Images and requests of one link. More would only keep others waiting."""
_TOO_LARGE: Final = N_("That mask is too large: at most {most} MB. Reload the page and mark less detail.")
_TOO_SLOW: Final = N_("The mask took too long to arrive. Check your connection, then press **Send** again.")
_INCOMPLETE: Final = N_("Something is missing in what your browser sent. Reload the page and try again.")
_AWAY: Final = N_("I can’t do that right now. Wait a moment, then try again.")


class Handlers:
    """Answers requests about links."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._under_way: Counter[str] = Counter()

    def add_to(self, router: web.UrlDispatcher, prefix: str) -> None:
        """Add the routes below a path like `/darkroom`."""
        router.add_get(f"{prefix}/paint/static/{{name}}", self._static)
        router.add_get(f"{prefix}/paint/{{token}}", self._page)
        router.add_get(f"{prefix}/paint/{{token}}/image", self._image)
        router.add_post(f"{prefix}/paint/{{token}}", self._send)

    async def _static(self, request: web.Request) -> web.Response:
        found = read_static(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.content, content_type=found.content_type, charset="utf-8")

    async def _page(self, request: web.Request) -> web.Response:
        try:
            sheet = await self._desk.open(request.match_info["token"])
        except LedgerAway as fault:
            sheet = _away(fault)
        if isinstance(sheet, Refusal):
            return web.Response(status=sheet.status, text=render_refusal(sheet.text), content_type="text/html")
        return web.Response(text=render_page(sheet, MASK_BYTES), content_type="text/html")

    async def _image(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        with self._counted(token) as admitted:
            if not admitted:
                return _refused(Refusal(429, _(_AWAY)))
            async with self._desk.box() as box:
                try:
                    image = await self._desk.image(token, box)
                except (LedgerAway, SpoolFailed) as fault:
                    image = _away(fault)
                return _refused(image) if isinstance(image, Refusal) else await _streamed(request, image)

    async def _send(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        with self._counted(token) as admitted:
            if not admitted:
                return _refused(Refusal(429, _(_AWAY)))
            form = await _form(request)
            if isinstance(form, Refusal):
                return _refused(form)
            try:
                sent = await self._desk.send(token, *form)
            except (LedgerAway, SpoolFailed) as fault:
                sent = _away(fault)
            return _refused(sent) if isinstance(sent, Refusal) else web.json_response({"message": sent.message})

    @contextlib.contextmanager
    def _counted(self, token: str) -> Iterator[bool]:
        """Count what a link asks for at the same time. False if that is too much."""
        self._under_way[token] += 1
        try:
            yield self._under_way[token] <= _AT_ONCE
        finally:
            self._under_way[token] -= 1
            if not self._under_way[token]:
                del self._under_way[token]


async def _form(request: web.Request) -> tuple[str, bytes] | Refusal:
    """The prompt and the mask that were sent."""
    too_large = Refusal(413, _(_TOO_LARGE).format(most=MASK_BYTES // 2**20))
    if request.content_type != "multipart/form-data":
        return Refusal(415, _(_INCOMPLETE))
    if (request.content_length or 0) > BODY_BYTES:
        return too_large
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            fields = await request.post()
    except web.HTTPRequestEntityTooLarge:
        return too_large
    except TimeoutError:
        return Refusal(408, _(_TOO_SLOW))
    except (ValueError, LookupError, AssertionError, OSError) as fault:
        log.info("a body could not be read: %s", fault)
        return Refusal(400, _(_INCOMPLETE))
    prompt, mask = fields.get("prompt"), fields.get("mask")
    if not isinstance(prompt, str) or not isinstance(mask, FileField):
        return Refusal(400, _(_INCOMPLETE))
    with mask.file as file:
        # Browsers send every line break in a form as CR LF.
        return prompt.replace("\r\n", "\n"), await asyncio.to_thread(file.read)


async def _streamed(request: web.Request, image: Content) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/png", "Content-Length": str(size_of(image))})
    guard(response)
    await response.prepare(request)
    with await asyncio.to_thread(opened, image) as file:
        while block := await asyncio.to_thread(file.read, _BLOCK):
            await response.write(block)
    await response.write_eof()
    return response


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response({"text": refusal.text, "final": refusal.final}, status=refusal.status)


def _away(fault: Exception) -> Refusal:
    log.warning("a request of the paint page was not carried out: %s", fault)
    return Refusal(503, _(_AWAY))
