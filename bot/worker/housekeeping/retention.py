"""Deletes jobs that ended long ago, links that expired, and files that no job names."""

import asyncio
import logging
from typing import Final

from bot.discord_times import CLOCKS
from bot.ledger import Ledger, poll

log = logging.getLogger(__name__)

_HOUR_SECONDS: Final = 3600.0
_MINUTE_SECONDS: Final = 60.0


async def pruning(ledger: Ledger, history_days: int) -> None:
    """Delete them at once and then every hour; with 0 days jobs stay. What no job names goes anyway.

    Ages are measured by Discord's clock, because a wrong clock of this machine could delete everything at once. So
    nothing is deleted before Discord's time is known, neither after a start nor after this machine's clock was set.
    """

    async def prune() -> None:
        while not CLOCKS.are_known():  # noqa: ASYNC110 - no event says that a clock was set
            await asyncio.sleep(_MINUTE_SECONDS)
        CLOCKS.database_said(*await ledger.clock())
        await ledger.audit.prune(history_days, CLOCKS.ledger)
        await ledger.links.prune()
        await ledger.interactions.prune()
        await ledger.personal_data.prune()
        if history_days and (pruned := await ledger.prune(history_days, CLOCKS.ledger)):
            log.info("deleted %d jobs that ended more than %d days ago", pruned, history_days)

    await poll(prune, _HOUR_SECONDS, "could not delete old jobs yet")
