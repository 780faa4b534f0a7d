"""One socket per user and server, so that nobody receives somebody else's events."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.comfyui import EventStream, Server
from bot.concurrency import first_set
from bot.worker.sockets.socket_limit import SocketLimit

_FAREWELL_SECONDS: Final = 2.0
_LINGER_SECONDS: Final = 60.0
"""The user's next image within this time reuses the open socket."""
_MOST_IDLE: Final = 16
"""Idle sockets per server. It notifies each of them about every change of its queue."""
_CONNECT_SECONDS: Final = 2.0
"""Waiting longer for a socket that only adds live progress would delay the image."""


@dataclass(slots=True)
class _Shared:
    stream: EventStream
    users: int = 0
    idle_since: float = 0.0


class Streams:
    """Opens, shares and closes the sockets of one server's users, within a limit for all servers."""

    def __init__(self, server: Server, limit: SocketLimit) -> None:
        self.breaks = 0
        """Counts connections that broke on their own, which may mean that the server restarted."""
        self._server = server
        server.crowded = self._make_room
        self._most_idle = _MOST_IDLE
        self._limit = limit
        self._shared: dict[int, _Shared] = {}
        self._closing: dict[int, asyncio.Task[None]] = {}

    @contextlib.asynccontextmanager
    async def of(self, application_id: int, user_id: int, *, needed: bool = False) -> AsyncIterator[EventStream]:
        """The user's stream, connected if that takes no more than a moment. If no socket is available, the stream never
        connects, unless it is `needed`: then this waits for a socket.
        """
        # The client id survives restarts, because events of a running prompt go to the id that submitted it.
        client_id = uuid.uuid5(uuid.NAMESPACE_OID, f"darkroom/{application_id}/{user_id}").hex
        listens = self._server.abilities.progress
        shared = await self._take(user_id, client_id, needed=needed) if listens else None
        if shared is None:
            yield self._server.events(client_id)
            return
        try:
            await first_set(shared.stream.tried, seconds=_CONNECT_SECONDS)
            yield shared.stream
        finally:
            self._leave(user_id, shared)

    async def _take(self, user_id: int, client_id: str, *, needed: bool) -> _Shared | None:
        """The user's socket, opened if necessary; None if no place is free."""
        while True:
            if closing := self._closing.get(user_id):
                # Two sockets with one client id: when the older one closes, the server stops sending to the newer one.
                await asyncio.wait([closing])
                continue
            if (shared := self._shared.get(user_id)) is None:
                if not await self._limit.take(wait=needed):
                    return None
                if user_id in self._shared or user_id in self._closing:
                    # Another job of the same user was faster.
                    self._limit.free()
                    continue
                shared = self._shared[user_id] = _Shared(self._server.events(client_id, self._broke))
                shared.stream.open()
            shared.users += 1
            self._limit.busy((self, user_id))
            return shared

    def _leave(self, user_id: int, shared: _Shared) -> None:
        shared.users -= 1
        if shared.users:
            return
        shared.idle_since = asyncio.get_running_loop().time()
        self._limit.idle((self, user_id), partial(self._close, user_id))
        idle = [(one.idle_since, user_id) for user_id, one in self._shared.items() if not one.users]
        if len(idle) > self._most_idle:
            self._begin_to_close(min(idle)[1])

    def _make_room(self) -> None:
        """A request got no answer. A proxy may allow few connections, and idle sockets may have taken them all: close
        those, and keep fewer from now on.
        """
        idle = [user_id for user_id, shared in self._shared.items() if not shared.users]
        if heard := sum(self._shared[user_id].stream.connected.is_set() for user_id in idle):
            self._most_idle = heard // 2
        for user_id in idle:
            self._begin_to_close(user_id)

    def tidy(self, linger: float = _LINGER_SECONDS) -> None:
        """Begin to close the sockets that nobody has used for `linger` seconds."""
        now = asyncio.get_running_loop().time()
        for user_id, shared in list(self._shared.items()):
            if not shared.users and now - shared.idle_since >= linger:
                self._begin_to_close(user_id)

    async def close(self) -> None:
        """Close every socket."""
        for user_id in list(self._shared):
            self._begin_to_close(user_id)
        # A silent server must not delay the shutdown.
        if self._closing:
            await asyncio.wait(self._closing.values(), timeout=_FAREWELL_SECONDS)

    async def _close(self, user_id: int) -> None:
        await asyncio.wait([self._begin_to_close(user_id)])

    def _begin_to_close(self, user_id: int) -> asyncio.Task[None]:
        shared = self._shared.pop(user_id)
        self._limit.busy((self, user_id))
        closing = self._closing[user_id] = asyncio.create_task(shared.stream.close())
        closing.add_done_callback(partial(self._closed, user_id))
        return closing

    def _closed(self, user_id: int, _: object) -> None:
        del self._closing[user_id]
        self._limit.free()

    def _broke(self) -> None:
        self.breaks += 1
