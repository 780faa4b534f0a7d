"""The page's routes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Final

from aiohttp import hdrs, web

from bot.errors import LedgerAway, SpoolFailed
from bot.paint_page.deadlines import Deadlines
from bot.paint_page.desk import Desk, Refusal
from bot.paint_page.forms import MASK_BYTES, read_form
from bot.paint_page.rendering import read_static, render_page, render_refusal
from bot.spool import Content, opened, size_of
from bot.translation import N_, _, language_called, speaking, spoken

log = logging.getLogger(__name__)

_BLOCK: Final = 2**18
_AT_ONCE: Final = 4
"""Images and requests of one link. More would only keep others waiting."""
_AWAY: Final = N_("I can’t do that right now. Wait a moment, then try again.")


class Handlers:
    """Answers requests about links."""

    def __init__(self, desk: Desk, deadlines: Deadlines) -> None:
        self._desk = desk
        self._deadlines = deadlines
        self._under_way: Counter[str] = Counter()

    def add_to(self, router: web.UrlDispatcher, prefix: str) -> None:
        """Add the routes below a path like `/darkroom`."""
        router.add_get(f"{prefix}/paint/static/{{name}}", self._static)
        router.add_get(f"{prefix}/paint/{{token}}/image", self._image)
        router.add_post(f"{prefix}/paint/{{token}}", self._send)
        # Whatever became of a link on its way, its page says in words that it isn't valid.
        router.add_get(f"{prefix}/paint{{slash:/?}}{{token:[\\s\\S]*}}", self._page)

    async def _static(self, request: web.Request) -> web.Response:
        found = read_static(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.content, content_type=found.content_type, charset="utf-8")

    async def _page(self, request: web.Request) -> web.Response:
        slash, token = request.match_info["slash"], request.match_info["token"]
        try:
            sheet = await self._desk.open(token)
        except LedgerAway as fault:
            sheet = _away(fault)
        if isinstance(sheet, Refusal):
            folder = "../" * token.count("/") if slash else "paint/"
            text = render_refusal(sheet.text, folder)
            return web.Response(status=sheet.status, text=text, content_type="text/html")
        with speaking(spoken() if sheet.language is None else language_called(sheet.language)):
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
            try:
                # Nothing is read from those whose link doesn't work.
                found = await self._desk.open(token)
                if isinstance(found, Refusal):
                    return _refused(found)
                async with self._desk.box() as box:
                    form = await read_form(request, box, self._deadlines.body)
                    if isinstance(form, Refusal):
                        return _refused(form)
                    sent = await self._desk.send(token, form.prompt, form.mask)
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


async def _streamed(request: web.Request, image: Content) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/png", "Content-Length": str(size_of(image))})
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
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
