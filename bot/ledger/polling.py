"""Repeats a check for ever, even if a round fails."""

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
    """Call `look` for ever: at once, and then whenever `bell` rings or so many seconds have passed, because the bell
    may miss changes. It pauses for `rest_seconds` after each round, so that many rings cause one round. The log gets
    `trouble` for a round that failed.
    """
    while True:
        # Taken before the round, so that changes during the round ring it.
        rung = bell()
        try:
            await look()
        except LedgerAway as fault:
            log.warning("%s: %s", trouble, fault)
        except Exception:
            log.exception(trouble)
        await first_set(rung, seconds=seconds)
        await asyncio.sleep(rest_seconds)
