"""How many sockets a process holds to all its ComfyUI servers together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class SocketBound:
    """At most `most` places for sockets. Idle sockets keep theirs until somebody needs one: the one that has been idle
    longest makes room first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._idle: dict[object, Callable[[], Awaitable[None]]] = {}
        """What each idle socket is known by -> what closes it and frees its place; the longest idle first."""
        self._freed = asyncio.Event()

    async def take(self, *, wait: bool) -> bool:
        """Take a place. False where all are in use; `wait`: return when one is free."""
        while self._taken >= self._most:
            self._freed.clear()
            if self._idle:
                close = self._idle.pop(next(iter(self._idle)))
                await close()
            elif wait:
                await self._freed.wait()
            else:
                return False
        self._taken += 1
        return True

    def free(self) -> None:
        """Give a place back."""
        self._taken -= 1
        self._freed.set()

    def idle(self, key: object, close: Callable[[], Awaitable[None]]) -> None:
        """A socket is not used any more: `close` is called when its place is needed."""
        self._idle[key] = close
        self._freed.set()

    def busy(self, key: object) -> None:
        """A socket is used again, or is being closed: its place is not to be had."""
        self._idle.pop(key, None)
