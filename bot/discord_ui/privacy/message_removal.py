"""Deletes the messages of erased jobs whose members want that, at Discord's pace and however often the bot restarts."""

import asyncio
import logging
from typing import Final

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.feature import Service
from bot.ledger import poll
from bot.messages import Address, NotNow, Undeliverable, remove

log = logging.getLogger(__name__)

_BATCH: Final = 20
_LOOK_SECONDS: Final = 300.0
"""How often to look for messages that another process, or one that ended, left to be deleted."""


class MessageRemoval(Service):
    """The addresses are in the ledger until each message is gone. Two processes may try one: the second finds none."""

    def __init__(self, bot: Darkroom) -> None:
        self._bot = bot
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Look now: a member has just erased something."""
        self._wanted.set()

    async def run(self) -> None:
        """Work until the process ends."""
        await poll(self._look, _LOOK_SECONDS, "could not delete messages of erased jobs yet", bell=self._bell)

    def _bell(self) -> asyncio.Event:
        self._wanted.clear()
        return self._wanted

    async def _look(self) -> None:
        personal_data = self._bot.ledger.personal_data
        removed: set[int | None] = set()
        while jobs := await personal_data.messages_to_delete(_BATCH):
            for job in jobs:
                try:
                    # The cells of a grid share a message.
                    if job.message_id not in removed:
                        await remove(self._bot.channels, Address.of(job))
                    removed.add(job.message_id)
                except NotNow as fault:
                    log.info("job %s: its message will be deleted later: %s", job.id, fault)
                    return
                except Undeliverable as fault:
                    log.warning("job %s: its message can't be deleted: %s", job.id, fault)
                await personal_data.message_gone(job.id)
