"""Headers of every answer, errors included: nothing from elsewhere, nothing kept, and nobody learns a link."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

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
_HEADERS: Final = {
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
}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def protect(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Add the headers, and close the connection after each answer: a deadline for a connection is one for a request."""
    try:
        response = await handler(request)
    except web.HTTPException as refused:
        response = web.Response(status=refused.status, text=refused.reason)
    except Exception:
        log.exception("the paint page failed")
        response = web.Response(status=500, text=web.HTTPInternalServerError().reason)
    if not response.prepared:
        guard(response)
    return response


def guard(response: web.StreamResponse) -> None:
    """Add the headers to an answer that is not being sent yet."""
    response.headers.update(_HEADERS)
    response.force_close()
