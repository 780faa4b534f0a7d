"""The moderators' log: the ledger keeps an entry for every act and refusal, and a channel shows it if one is set."""

import asyncio
import logging
from typing import Final

import discord

from bot.errors import LedgerAway
from bot.ledger import Entry, Ledger
from bot.messages import Channels, Urgency
from bot.moderation.act_wording import log_sentence

log = logging.getLogger(__name__)

_CLOSE_SECONDS: Final = 3.0
"""Discord may stop answering while the program ends: what is being written gets this long, then it is dropped."""


class ModeratorsLog:
    """Writes entries in the background, so that no answer waits for the log. Call `close` before the program ends."""

    def __init__(self, ledger: Ledger, channels: Channels) -> None:
        self._ledger = ledger
        self._channels = channels
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, entry: Entry) -> None:
        """Start writing an entry, and return at once."""
        task = asyncio.create_task(self._write(entry), name=f"log {entry.act}")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Wait for the entries that are being written, for a few seconds at most."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=_CLOSE_SECONDS)

    async def _write(self, entry: Entry) -> None:
        try:
            await self._ledger.audit.record(entry)
            book = await self._ledger.rules.book(entry.guild_id)
            if book.guild.audit_channel is not None:
                channel = self._channels.client.get_partial_messageable(book.guild.audit_channel)
                async with self._channels.sends(channel.id, Urgency.ENDED) as turn:
                    await turn.result_of(channel.send(log_sentence(entry)))
        except (LedgerAway, discord.HTTPException, OSError, TimeoutError) as fault:
            log.warning("could not write %s to the moderators' log: %s", entry, fault)
