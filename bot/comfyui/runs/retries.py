"""A request that is tried a few times: by then it is known whose fault it is that it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.protocol.blame import PUT_OFF_SECONDS, worth_another_try
from bot.errors import Busy, Refused, Unreachable

T = TypeVar("T")

_PAUSE_SECONDS: Final = (0.5, 2.0)
"""Between three tries."""
_SLOW: Final = 2

log = logging.getLogger(__name__)


async def three_times(
    server: ComfyUI, route: str, action: Callable[[], Awaitable[T]], waiting: Callable[[], None] = lambda: None
) -> T:
    """What `action` comes to. `waiting` is called when the server wants to be left alone for a while.

    Raises `Refused` where it is the request's own fault, `Unreachable` where the server is away, and what `action`
    raises besides.
    """
    slow, put_off = 0, 0.0
    for pause in (*_PAUSE_SECONDS, None):
        try:
            return await action()
        except (Refused, Unreachable) as fault:
            refused, seconds = await _judged(server, route, fault)
            # What took too long once is waited for once more at most: somebody waits for it.
            slow += refused.slow
            put_off += seconds
            patient = slow < _SLOW and put_off <= PUT_OFF_SECONDS
            if pause is None or not patient or not worth_another_try(refused.status):
                if isinstance(fault, Busy):
                    # It may be that the server puts off everybody.
                    await server.alive()
                raise refused from fault
            log.info("retrying %s: %s", route, fault)
            if seconds > pause:
                waiting()
            await asyncio.sleep(max(pause, seconds))
    raise AssertionError  # the last round returned or raised


async def _judged(server: ComfyUI, route: str, fault: Refused | Unreachable) -> tuple[Refused, float]:
    """The fault as one of the request's own, and for how many seconds the server wants to be left alone. Raises
    `Unreachable` where the server is to blame.
    """
    if isinstance(fault, Busy):
        return Refused(fault.route, fault.status, fault.wish), fault.seconds
    if isinstance(fault, Unreachable):
        if fault.unsent:
            raise fault
        # It said nothing to this. Does it say anything at all?
        await server.alive()
        return Refused(route, 0, fault.reason, slow=True), 0.0
    # It may be the whole server that is ill, or lets nobody in.
    await server.alive()
    return fault, 0.0
