"""Interactions whose process has died: the member reads why nothing came, and a live view says that it has ended."""

import logging
from collections.abc import Callable, Sequence
from typing import Final

import aiohttp
import discord

from bot.discord_internals import Reply
from bot.discord_ui.core.intake import Intake
from bot.ledger import Abandoned, Ledger, poll
from bot.translation import N_, _, language_called, speaking

log = logging.getLogger(__name__)

_INTERRUPTED: Final = N_(
    "I was interrupted while working on this. Please check whether it was done, and try again if it wasn’t."
)
_RENEWALS: Final = 3
"""Renewals per lease, so that two may fail before it expires."""
_ALONE_SECONDS: Final = 60.0
"""Seconds between the checks of a process that has the database to itself: its first check finds everything."""

Farewell = Callable[[discord.Message], str | None]
"""What a reply shows from now on, if its process has died; None if it can stay as it is."""


class AbandonedInteractions:
    """Keeps this process's interactions, and looks after those of processes that have died."""

    def __init__(self, client: discord.Client, ledger: Ledger, intake: Intake, farewells: Sequence[Farewell]) -> None:
        self._client = client
        self._ledger = ledger
        self._intake = intake
        self._farewells = farewells
        self._first = True

    async def run(self) -> None:
        """Work until cancelled."""
        seconds = self._ledger.lease_seconds / _RENEWALS if self._ledger.shared else _ALONE_SECONDS
        await poll(self._look, seconds, "could not look after interactions of processes that have died")

    async def _look(self) -> None:
        interactions = self._ledger.interactions
        if self._first and not self._ledger.shared:
            await interactions.abandon_all()
        self._first = False
        if self._ledger.shared and self._intake.is_open:
            await interactions.renew()
        for one in await interactions.abandoned():
            with speaking(language_called(one.language)):
                settled = one.in_order or await self._settle(one)
            if settled:
                await interactions.ended(one.id)

    async def _settle(self, one: Abandoned) -> bool:
        """Tell the member. Returns False if a later try may work."""
        application_id = self._client.application_id
        if application_id is None:
            return False
        reply = Reply(self._client, application_id, one.token)
        try:
            message = await reply.fetch()
            text = _(_INTERRUPTED) if message.flags.loading else self._farewell(message)
            if text is not None:
                log.info("interaction %d was left behind by a process that has died; its reply says so", one.id)
                await reply.edit(content=text)
            elif one.answer == discord.InteractionResponseType.deferred_message_update.value:
                await reply.whisper(_(_INTERRUPTED))
        except discord.HTTPException as fault:
            log.info("interaction %d was left behind by a process that has died: %s", one.id, fault)
            return not isinstance(fault, discord.DiscordServerError)
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            log.info("interaction %d was left behind by a process that has died: %s", one.id, fault)
            return False
        return True

    def _farewell(self, message: discord.Message) -> str | None:
        said = (farewell(message) for farewell in self._farewells)
        return next((text for text in said if text is not None), None)
