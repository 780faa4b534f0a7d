"""Waiting for a condition with a deadline: the only way a test here lets time pass."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final

_AT_FIRST: Final = 0.005
_AT_MOST: Final = 0.05
DEADLINE: Final = 90.0
"""Seconds: a machine with much else to do is slow, and who waits in vain has failed anyhow."""


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = DEADLINE) -> None:
    """Return when the condition holds; fail when it still does not after `seconds`.

    What takes longer is looked at less often: looking takes time from those that are waited for.
    """
    pause = _AT_FIRST
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if await held if inspect.isawaitable(held) else held:
                return
            await asyncio.sleep(pause)
            pause = min(1.3 * pause, _AT_MOST)
