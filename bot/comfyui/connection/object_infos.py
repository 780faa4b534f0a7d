"""The `/object_info` of all servers of a process: an answer that is known costs a digest, and is kept once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from weakref import WeakValueDictionary

from bot.comfyui.connection.bodies import Answer
from bot.errors import Refused, Unreachable
from bot.workflows import ObjectInfo

_ASKED_AT_ONCE: Final = 4
"""Each answer is a megabyte while it is read."""
_TURN_SECONDS: Final = 5.0
"""A server that is slow to answer holds up no others for longer than this."""


class ObjectInfos:
    """Each distinct answer, for as long as somebody uses it. A process has one of these, which its servers share."""

    def __init__(self, turn_seconds: float = _TURN_SECONDS) -> None:
        self._turn_seconds = turn_seconds
        self._known: WeakValueDictionary[bytes, ObjectInfo] = WeakValueDictionary()
        """By the digest of the body as it came."""
        self._asking = asyncio.Semaphore(_ASKED_AT_ONCE)
        self._reading = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Ask a server within this: fifty servers are not asked all at the same moment."""
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
        """The answer with this body. `replaced` is the body of what the server says of classes that it has renamed.
        Raises `ValueError` where the first is not a JSON object.
        """
        # One at a time: threads that compute take turns with the event loop, and with each of them its turn gets rarer.
        async with self._reading:
            return await asyncio.to_thread(self._read, body, replaced)

    def _read(self, body: bytes, replaced: bytes) -> ObjectInfo:
        digest = hashlib.sha256(b"%d:%b%b" % (len(body), body, replaced)).digest()
        info = self._known.get(digest)
        if info is None:
            others = list(self._known.values())
            read = ObjectInfo(body, others, _parsed(replaced))
            # The same may have come with other spaces between its entries.
            info = self._known[digest] = next((one for one in others if one.digest == read.digest), read)
        return info


async def renamed(ask: Callable[[str, str], Awaitable[Answer]]) -> bytes:
    """What a server says of node classes that it has renamed. Older ones, and proxies, do not know the question."""
    with contextlib.suppress(Refused, Unreachable):
        return (await ask("GET", "/node_replacements")).body
    return b""


def _parsed(body: bytes) -> object:
    """What a server renames is a help: an odd answer is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
