"""A server on a machine that may sleep: left alone while nobody waits for it, and woken when somebody does."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Final

from bot.settings import WakeTarget
from bot.worker.gpu_sharing.wake_on_lan import Waker

_HEARD_SECONDS: Final = 30.0
"""A machine that answered this recently has not fallen asleep."""

_AWAKE_SECONDS: Final = 3.0
"""A machine that is awake answers in less time."""


class Sleeper:
    """`target` None: the machine never sleeps. `is_wanted` says whether to use its server for somebody who waits; its
    argument is for how many more seconds the machine is certainly awake. `alive` raises `Unreachable` if the server
    does not answer.
    """

    def __init__(
        self,
        target: WakeTarget | None,
        is_wanted: Callable[[float], Awaitable[bool]],
        alive: Callable[[], Awaitable[None]],
    ) -> None:
        self._waker = None if target is None else Waker(target)
        self._is_wanted = is_wanted
        self._alive = alive
        self._met = False
        self._heard_at = -math.inf

    @property
    def sleeps(self) -> bool:
        """Whether the machine may be asleep."""
        return self._waker is not None

    @property
    def is_waking(self) -> bool:
        """Whether silence only means that the machine sleeps, or has not quite woken up yet."""
        return self._waker is not None and self._waker.is_waking

    def heard(self) -> None:
        """The server has answered a moment ago."""
        self._heard_at = asyncio.get_running_loop().time()
        if self._waker is not None:
            self._waker.stop()

    async def may_be_asked(self, *, answering: bool) -> bool:
        """Whether to ask the server anything now. Wakes the machine if it may be asleep and somebody waits. Raises
        `Unreachable` or `TimeoutError` if a server that was `answering` does not any more.
        """
        if self._waker is None:
            return True
        if not self._met:
            # At the start it may be awake, and can be asked what it has.
            self._met = True
            return True
        heard_ago = asyncio.get_running_loop().time() - self._heard_at
        awake_seconds = max(0.0, _HEARD_SECONDS - heard_ago) if answering else 0.0
        if not await self._is_wanted(awake_seconds):
            self._waker.stop()
            return False
        if not answering:
            await self._waker.wake()
        elif not awake_seconds:
            await self._waker.wake()
            async with asyncio.timeout(_AWAKE_SECONDS):
                await self._alive()
            self.heard()
        return True
