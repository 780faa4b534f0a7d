"""Answers that are another status than ComfyUI's: a proxy in front of it, or a server that has had enough."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.comfyui_server.hostile.rules import Answer

STATUSES: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504)
_PAGE: Final = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>nginx</body></html>\n"


def status(code: int, retry_after: str | None = None, body: str | None = None) -> Answer:
    """A proxy's page, or this `body`. `retry_after` is a number of seconds or a date."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    text = _PAGE.format(code) if body is None else body

    async def answer(request: web.Request, _: Handler) -> web.StreamResponse:
        return web.Response(status=code, text=text, content_type="text/html", headers=headers)

    return answer


def redirect(code: int, address: str) -> Answer:
    """Go there instead: another server, or the same one over https."""

    async def answer(request: web.Request, _: Handler) -> web.StreamResponse:
        return web.Response(status=code, headers={"Location": address})

    return answer
