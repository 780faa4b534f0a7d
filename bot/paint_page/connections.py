"""Limits for connections from anywhere on the internet: how many there are at once, and how long each may last.

A proxy in front of the page usually has such limits too, but need not.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

MOST_CONNECTIONS: Final = 100
CONNECTION_SECONDS: Final = 180.0
"""For one request and its answer, however slowly a client sends or reads. An image may have many megabytes."""
_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Door:
    """Makes the protocol of each new connection, for `loop.create_server`."""

    def __init__(self, server: web.Server) -> None:
        self._server = server
        self.inside = 0

    def __call__(self) -> asyncio.Protocol:
        """A connection to the page, or one that only says that there are too many."""
        return _Busy() if self.inside >= MOST_CONNECTIONS else _Guest(self, self._server())


class _Guest(asyncio.Protocol):
    """A connection with a deadline, counted while it lasts. aiohttp does the rest."""

    def __init__(self, door: Door, handler: web.RequestHandler) -> None:
        self._door = door
        self._handler = handler
        self._deadline: asyncio.TimerHandle | None = None
        door.inside += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - a server's connections can be written to
        self._deadline = asyncio.get_running_loop().call_later(CONNECTION_SECONDS, transport.abort)
        self._handler.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.inside -= 1
        if self._deadline is not None:
            self._deadline.cancel()
        self._handler.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
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
        transport.write(_BUSY)
        transport.close()
