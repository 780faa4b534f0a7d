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

    def __call__(self) -> asyncio.Protocol:
        """A connection to the page, or one that only says that there are too many."""
        if len(self._server.connections) >= MOST_CONNECTIONS:
            return _Busy()
        connection = self._server()
        asyncio.get_running_loop().call_later(CONNECTION_SECONDS, _cut, connection)
        return connection


class _Busy(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - a server's connections can be written to
        transport.write(_BUSY)
        transport.close()


def _cut(connection: web.RequestHandler) -> None:
    transport = connection.transport
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
