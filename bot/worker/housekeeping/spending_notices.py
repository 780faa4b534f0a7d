"""Keeps the month's costs complete. Tells the people who run the bot when its budget is nearly and entirely spent."""

import logging
from typing import Final

from bot.ledger import Ledger, poll
from bot.messages import Channels, tell_owners
from bot.money import shown
from bot.settings import Settings
from bot.translation import N_, _

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 15.0
_PAUSE_SECONDS: Final = 1.0
"""Minimum pause between two looks, however often the bell rings."""
_STEPS: Final = (100, 80)
"""Percent of SPEND_LIMIT."""


class SpendingNotices:
    """For the OWNER_IDS and the log. Each process with a SPEND_LIMIT looks; the ledger knows whether another was
    faster.
    """

    def __init__(self, ledger: Ledger, channels: Channels, settings: Settings) -> None:
        self._ledger = ledger
        self._channels = channels
        self._settings = settings

    async def run(self) -> None:
        """Tell them as it happens, until cancelled."""
        if not self._settings.spending.counts:
            return
        await poll(
            self._look,
            _LOOK_SECONDS,
            "could not compare the costs with SPEND_LIMIT",
            bell=self._ledger.signals.bell,
            rest_seconds=_PAUSE_SECONDS,
        )

    async def _look(self) -> None:
        limit = self._settings.spending.limit
        spent = await self._ledger.spending.spent(limit)
        if limit is None:
            return
        reached = next((step for step in _STEPS if spent.cost and spent.cost * 100 >= limit * step), 0)
        step = _STEPS[0] if spent.held and spent.cost else reached
        # Struck off first: rather lost than twice. The log has it in any case.
        if not spent.is_news(step, limit) or not await self._ledger.spending.tell(spent.month, step, limit):
            return
        percent = reached or spent.cost * 100 // limit
        log.warning(
            "%d%% of SPEND_LIMIT is spent in %s: %s of %s", percent, spent.month, shown(spent.cost), shown(limit)
        )
        # Discord recognises a repeated message by its nonce: other limits are other news.
        text, nonce = _words(step, spent.cost, limit), f"{spent.month} {step} {limit % 10**9}"
        await tell_owners(self._channels, self._settings.owner_ids, text, nonce)


def _words(step: int, spent: int, limit: int) -> str:
    told = {"spent": shown(spent), "limit": shown(limit)}
    if step < _STEPS[0]:
        return _("💸 **{percent}% of this month’s budget is spent**: {spent} of {limit}.").format(percent=step, **told)
    said = N_("💸 **This month’s budget is spent**: {spent} of {limit}.")
    if spent < limit:
        said = N_(
            "💸 **What’s left of this month’s budget isn’t enough for the next request**: {spent} of {limit} spent."
        )
    spent_all = _(said).format(**told)
    waiting = _("Requests that cost money wait until next month (UTC) or until you raise SPEND_LIMIT.")
    return f"{spent_all}\n{waiting}"
