"""Connections from anywhere on the internet: how many there are at once, how long each may last, and what is answered
to those that don't speak HTTP.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from bot.paint_page.deadlines import Deadlines
from bot.paint_page.headers import HEADERS, guard
from bot.translation import N_, _

log = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 100
_HEAD_END: Final = b"\r\n\r\n"
_LINGERING_SECONDS: Final = 5.0
"""For a client that still sends its body when it has been refused: it reads the answer afterwards."""
_BUSY_HEADERS: Final = {**HEADERS, "Retry-After": "5", "Content-Type": "text/plain; charset=utf-8"}
_BUSY: Final = N_("Too many people use this page right now. Wait a few seconds, then reload it.")


class Door:
    """Makes the protocol of each new connection, for `loop.create_server`."""

    def __init__(self, server: web.Server, deadlines: Deadlines) -> None:
        self._server = server
        self.deadlines = deadlines
        self.inside = 0

    def __call__(self) -> asyncio.Protocol:
        """A connection to the page, or one that only says that there are too many."""
        if self.inside >= MOST_CONNECTIONS:
            return _Busy()
        # Nobody's browser packs what it sends; a small body could unpack to any size.
        handler = _Handler(
            self._server,
            loop=asyncio.get_running_loop(),
            access_log_class=_NoLog,
            lingering_time=_LINGERING_SECONDS,
            auto_decompress=False,
        )
        return _Guest(self, handler)


class _Handler(web.RequestHandler):
    """aiohttp's, but what it says about a broken request neither repeats it nor names versions. A request holds a link,
    and anybody may send any number of broken ones: the log gets no traceback of each.
    """

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's name
    ) -> web.StreamResponse:
        log.info("the paint page could not read a request: %s", type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        response = web.Response(status=status, text=HTTPStatus(status).phrase)
        guard(response)
        return response


class _NoLog(AbstractAccessLogger):
    """Links are in the paths of requests, and belong in no log."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Not called."""

    @property
    def enabled(self) -> bool:
        return False


class _Guest(asyncio.Protocol):
    """A connection with deadlines, counted while it lasts. aiohttp does the rest."""

    def __init__(self, door: Door, handler: web.RequestHandler) -> None:
        self._door = door
        self._handler = handler
        self._last = b""
        """The last bytes that came, until the end of the request's head was among them."""
        self._head_deadline: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        door.inside += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - a server's connections can be written to
        loop, deadlines = asyncio.get_running_loop(), self._door.deadlines
        self._head_deadline = loop.call_later(deadlines.head, transport.abort)
        self._deadline = loop.call_later(deadlines.connection, transport.abort)
        self._handler.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.inside -= 1
        for timer in (self._head_deadline, self._deadline):
            if timer is not None:
                timer.cancel()
        self._handler.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head_deadline is not None:
            seen = self._last + data
            self._last = seen[1 - len(_HEAD_END) :]
            if _HEAD_END in seen:
                self._head_deadline.cancel()
                self._head_deadline = None
        self._handler.data_received(data)

    def eof_received(self) -> None:
        self._handler.eof_received()

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()


class _Busy(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - as above
        text = _(_BUSY).encode()
        headers = {**_BUSY_HEADERS, "Content-Length": str(len(text))}
        status = HTTPStatus.SERVICE_UNAVAILABLE
        lines = [f"HTTP/1.1 {status} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        transport.write("\r\n".join(lines).encode() + text)
        transport.close()
