"""Looking at something again and again, whatever goes wrong with a look."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.concurrency import first_set
from bot.errors import LedgerAway

log = logging.getLogger(__name__)


async def poll(
    look: Callable[[], Awaitable[object]],
    seconds: float,
    trouble: str,
    *,
    bell: Callable[[], asyncio.Event] = asyncio.Event,
    rest_seconds: float = 0.0,
) -> None:
    """Call `look` for ever: at once, and then whenever the `bell` rings, which may not ring for everything, or so many
    seconds have passed. Between two looks it rests, so that many rings are one. `trouble` is what the log says of a
    look that failed.
    """
    while True:
        # Taken before the look: what changes meanwhile rings it.
        rung = bell()
        try:
            await look()
        except LedgerAway as fault:
            log.warning("%s: %s", trouble, fault)
        except Exception:
            log.exception(trouble)
        await first_set(rung, seconds=seconds)
        await asyncio.sleep(rest_seconds)
