"""A TCP relay between a program and its server, which a test can cut, close, silence and restore."""

import asyncio
import contextlib
from typing import Self

from sqlalchemy.engine import make_url

_CHUNK = 64 * 1024


class Relay:
    """Passes bytes on between the clients that connect to `port` on 127.0.0.1 and the server behind it."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = host, port
        self._server: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.port = 0

    @classmethod
    def to(cls, database_url: str) -> Self:
        """A relay to the server of this database."""
        url = make_url(database_url)
        return cls(url.host or "127.0.0.1", url.port or 5432)

    def url(self, database_url: str) -> str:
        """The same database, by way of this relay."""
        url = make_url(database_url).set(host="127.0.0.1", port=self.port)
        return url.render_as_string(hide_password=False)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Accept connections, at the same port as before."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """The server is gone: connections end, new ones are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        """End every connection; new ones are accepted."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def silence(self) -> None:
        """Pass nothing on, neither way: connections stay and new ones are accepted, and nobody answers."""
        self._flowing.clear()

    def restore(self) -> None:
        """Pass everything on, also what came meanwhile."""
        self._flowing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pump = asyncio.current_task()
        assert pump is not None
        self._pumps.add(pump)
        pump.add_done_callback(self._pumps.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            try:
                await self._between(reader, writer)
            finally:
                # Not a farewell: a machine that is gone says none.
                writer.transport.abort()

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flowing.wait()
        behind_reader, behind_writer = await asyncio.open_connection(*self._behind)
        try:
            ways = [self._pass_on(reader, behind_writer), self._pass_on(behind_reader, writer)]
            _, still = await asyncio.wait([asyncio.create_task(way) for way in ways], return_when="FIRST_COMPLETED")
            for way in still:
                way.cancel()
        finally:
            behind_writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                await self._flowing.wait()
                writer.write(chunk)
                await writer.drain()
