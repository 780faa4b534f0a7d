"""Deletes jobs that ended long ago, links that expired, and files that no job names."""

import logging
from typing import Final

from bot.ledger import Ledger, poll

log = logging.getLogger(__name__)

_HOUR_SECONDS: Final = 3600.0


async def pruning(ledger: Ledger, history_days: int) -> None:
    """Delete them at once and then every hour; with 0 days jobs stay. What no job names goes anyway."""

    async def prune() -> None:
        await ledger.audit.prune(history_days)
        await ledger.links.prune()
        await ledger.personal_data.prune()
        if history_days and (pruned := await ledger.prune(history_days)):
            log.info("deleted %d jobs that ended more than %d days ago", pruned, history_days)

    await poll(prune, _HOUR_SECONDS, "could not delete old jobs yet")
