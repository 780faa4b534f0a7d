"""Headers of every answer, errors included: nothing from elsewhere, nothing kept, and nobody learns a link."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web

from bot.translation import language_preferred, speaking

log = logging.getLogger(__name__)

_OURS, _NOTHING = "'self'", "'none'"
_SOURCES: Final = {
    "default-src": _NOTHING,
    "script-src": _OURS,
    "style-src": _OURS,
    "img-src": _OURS,
    "connect-src": _OURS,
    "base-uri": _NOTHING,
    "form-action": _NOTHING,
    "frame-ancestors": _NOTHING,
}
"""What a browser may load, run and ask for."""
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{kind} {source}" for kind, source in _SOURCES.items()),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    # It would name the versions of aiohttp and Python.
    "Server": "Darkroom",
    "Connection": "close",
}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answer_in_their_language(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer in the language that the browser asks for, unless the link says what its member reads."""
    with speaking(language_preferred(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))):
        return await handler(request)


@web.middleware
async def explain_errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Turn errors into answers that tell strangers nothing but their status."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        allowed = {name: value for name, value in refused.headers.items() if name == hdrs.ALLOW}
        return web.Response(status=refused.status, text=refused.reason, headers=allowed)
    except Exception:
        log.exception("the paint page failed")
        return web.Response(status=500, text=web.HTTPInternalServerError().reason)


async def protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers to any answer of the application, for `Application.on_response_prepare`."""
    guard(response)


def guard(response: web.StreamResponse) -> None:
    """Add the headers to an answer that is not being sent yet, and close the connection after it: a deadline for a
    connection is one for a request.
    """
    response.headers.update(HEADERS)
    response.force_close()
