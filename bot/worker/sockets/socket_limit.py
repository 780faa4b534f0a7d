"""Limits how many sockets a process has open to all its ComfyUI servers together."""

import asyncio
from collections.abc import Awaitable, Callable


class SocketLimit:
    """At most `most` open sockets. Idle sockets stay open until somebody needs their place; the one that has been idle
    longest closes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._idle: dict[object, Callable[[], Awaitable[None]]] = {}
        """The key of each idle socket -> what closes it and frees its place, longest idle first."""
        self._freed = asyncio.Event()

    async def take(self, *, wait: bool) -> bool:
        """Take a place. If all are in use: with `wait` wait for a free one, otherwise return False."""
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
        """A socket is no longer in use. `close` is called when its place is needed."""
        self._idle[key] = close
        self._freed.set()

    def busy(self, key: object) -> None:
        """A socket is in use again or is being closed, so its place is not available."""
        self._idle.pop(key, None)
