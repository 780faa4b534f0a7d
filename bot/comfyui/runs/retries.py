"""Retry a failed request a few times, and find out whether the request or the server is at fault."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot.comfyui.protocol.blame import PUT_OFF_SECONDS, worth_another_try
from bot.comfyui.server import Server
from bot.errors import Busy, Refused, Unreachable

T = TypeVar("T")

_PAUSE_SECONDS: Final = (0.5, 2.0)
"""Pauses between three attempts."""
_MOST_TIMEOUTS: Final = 2

log = logging.getLogger(__name__)


async def three_times(
    server: Server, route: str, action: Callable[[], Awaitable[T]], waiting: Callable[[], None] = lambda: None
) -> T:
    """The result of `action`, which gets up to three attempts. `waiting` is called when the server asks us to wait.

    Raises `Refused` if the request itself is at fault, `Unreachable` if the server is, and any other error of `action`.
    """
    slow, put_off = 0, 0.0
    for pause in (*_PAUSE_SECONDS, None):
        try:
            return await action()
        except (Refused, Unreachable) as fault:
            refused, seconds = await _refusal_of(server, route, fault)
            # After a timeout there is only one more attempt, because a person is waiting.
            slow += refused.slow
            put_off += seconds
            patient = slow < _MOST_TIMEOUTS and put_off <= PUT_OFF_SECONDS
            if pause is None or not patient or not worth_another_try(refused.status):
                if isinstance(fault, Busy):
                    # The server may be putting off everybody: this raises then.
                    await server.alive()
                raise refused from fault
            log.info("retrying %s: %s", route, fault)
            if seconds > pause:
                waiting()
            await asyncio.sleep(max(pause, seconds))
    raise AssertionError  # the last round returned or raised


async def _refusal_of(server: Server, route: str, fault: Refused | Unreachable) -> tuple[Refused, float]:
    """The fault as the request's own, and how many seconds the server asks us to wait. Raises `Unreachable` if the
    server is at fault.
    """
    if isinstance(fault, Busy):
        return Refused(fault.route, fault.status, fault.wish), fault.seconds
    if isinstance(fault, Unreachable):
        if fault.unsent:
            raise fault
        # No answer to this request. Raises if the server does not answer `/queue` either.
        await server.alive()
        return Refused(route, 0, fault.reason, slow=True), 0.0
    # The whole server may be failing or refusing us: this raises then.
    await server.alive()
    return fault, 0.0
