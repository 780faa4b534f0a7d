"""Shared cache of `/object_info` answers for all servers of a process. Equal answers are parsed and kept once."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from weakref import WeakValueDictionary

from bot.comfyui.http.bodies import Answer
from bot.errors import Refused, Unreachable
from bot.workflows import ObjectInfo

_ASKED_AT_ONCE: Final = 4
"""Each answer takes megabytes of memory while it is read."""
_TURN_SECONDS: Final = 5.0
"""A server that answers slowly delays the others by at most this long."""


class ObjectInfos:
    """Keeps each distinct answer for as long as something uses it. All servers of a process share one instance."""

    def __init__(self, turn_seconds: float = _TURN_SECONDS) -> None:
        self._turn_seconds = turn_seconds
        self._known: WeakValueDictionary[bytes, ObjectInfo] = WeakValueDictionary()
        """By the SHA-256 of the raw body."""
        self._asking = asyncio.Semaphore(_ASKED_AT_ONCE)
        self._reading = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold this while asking a server, so that fifty servers are not all asked at the same moment."""
        waited = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._turn_seconds):
                waited = await self._asking.acquire()
        try:
            yield
        finally:
            if waited:
                self._asking.release()

    async def read(self, body: bytes, replaced: bytes = b"") -> ObjectInfo:
        """Parse this body. `replaced` is what the server says about node classes that it has renamed. Raises
        `ValueError` if the first is not a JSON object.
        """
        # One at a time: every computing thread takes time from the event loop.
        async with self._reading:
            return await asyncio.to_thread(self._read, body, replaced)

    def _read(self, body: bytes, replaced: bytes) -> ObjectInfo:
        hashed = hashlib.sha256(body)
        hashed.update(replaced)
        digest = hashed.digest()
        info = self._known.get(digest)
        if info is None:
            others = list(self._known.values())
            read = ObjectInfo(body, others, _parsed(replaced))
            # Another server may have sent the same content with different white space.
            info = self._known[digest] = next((one for one in others if one.digest == read.digest), read)
        return info


async def renamed(ask: Callable[[str, str], Awaitable[Answer]]) -> bytes:
    """What a server says about node classes that it has renamed. Older servers and proxies don't have this route."""
    with contextlib.suppress(Refused, Unreachable):
        return (await ask("GET", "/node_replacements")).body
    return b""


def _parsed(body: bytes) -> object:
    """An answer that is not JSON says nothing."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
