"""One socket for each user on a server: nobody's events ever reach somebody else."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from bot.comfyui import ComfyUI, Stream

_FAREWELL_SECONDS: Final = 2.0
_LINGER_SECONDS: Final = 60.0
"""A user's next picture within this time finds the socket open."""
_CONNECT_SECONDS: Final = 2.0
"""Waiting longer for a socket that only decorates would hold up the picture."""


@dataclass(slots=True)
class _Shared:
    stream: Stream
    users: int = 0
    idle_since: float = 0.0


class Streams:
    """Opens, shares and closes the sockets of one server's users."""

    def __init__(self, server: ComfyUI) -> None:
        self._server = server
        self._shared: dict[int, _Shared] = {}
        self._closing: dict[int, asyncio.Task[None]] = {}

    @property
    def breaks(self) -> int:
        """Changes whenever a connection ends: with it the server may have ended."""
        return sum(shared.stream.breaks for shared in self._shared.values())

    @contextlib.asynccontextmanager
    async def of(self, application_id: int, user_id: int) -> AsyncIterator[Stream]:
        """The user's stream, connected if that takes no more than a moment."""
        if closing := self._closing.get(user_id):
            # Two sockets with one id: when the older one closes, the server lets the newer one go deaf.
            await asyncio.wait([closing])
        shared = self._shared.get(user_id)
        if shared is None:
            # The same id after a restart: the events of what still runs there go to the id that submitted it.
            client_id = uuid.uuid5(uuid.NAMESPACE_OID, f"darkroom/{application_id}/{user_id}").hex
            shared = self._shared[user_id] = _Shared(Stream(self._server, client_id))
            shared.stream.open()
        shared.users += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await shared.stream.connected.wait()
            yield shared.stream
        finally:
            shared.users -= 1
            shared.idle_since = asyncio.get_running_loop().time()

    async def tidy(self, linger: float = _LINGER_SECONDS) -> None:
        """Close the sockets that nobody has used for `linger` seconds."""
        now = asyncio.get_running_loop().time()
        for user_id, shared in list(self._shared.items()):
            if not shared.users and now - shared.idle_since >= linger:
                del self._shared[user_id]
                self._closing[user_id] = asyncio.create_task(shared.stream.close())
                await self._closing[user_id]
                del self._closing[user_id]

    async def close(self) -> None:
        """Close every socket."""
        shared, self._shared = self._shared, {}
        # A server that is silent must not keep the program from its end.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await asyncio.gather(*(one.stream.close() for one in shared.values()))
