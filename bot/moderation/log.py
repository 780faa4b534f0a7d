"""The moderators' log: every act and refusal is a line in the ledger and, where they want it, in a channel."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Final

import discord

from bot.errors import LedgerAway
from bot.ledger import Act, Entry, Ledger, LogLine
from bot.messages import Channels, Urgency, shown_prompt

log = logging.getLogger(__name__)

_FAREWELL_SECONDS: Final = 3.0
"""Discord may be silent just when the program ends."""

_SHOWN_AS_NAMES: Final = re.compile(r"\\(<(?:#\d{1,20}|t:\d{1,12}(?::[a-zA-Z])?)>)")
"""Channels and times, which ping nobody: escaped they would be read as numbers."""
_SIGNS: Final[Mapping[str, str]] = {
    Act.REFUSED: "🚫",
    Act.CANCELLED: "🛑",
    Act.BLOCKED: "⛔",
    Act.UNBLOCKED: "✅",
    Act.REPORTED: "🚩",
    Act.HELD: "✋",
    Act.APPROVED: "✅",
    Act.REJECTED: "❌",
}


class ModeratorsLog:
    """Writes without holding anybody up; `close` waits for what is being written."""

    def __init__(self, ledger: Ledger, channels: Channels) -> None:
        self._ledger = ledger
        self._channels = channels
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, entry: Entry) -> None:
        """Write an act down, soon."""
        task = asyncio.create_task(self._write(entry), name=f"log {entry.act}")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Wait for what is being written."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=_FAREWELL_SECONDS)

    async def _write(self, entry: Entry) -> None:
        try:
            await self._ledger.audit.record(entry)
            book = await self._ledger.rules.book(entry.guild_id)
            if book.guild.audit_channel is not None:
                channel = self._channels.client.get_partial_messageable(book.guild.audit_channel)
                async with self._channels.sends(channel.id, Urgency.ENDED) as turn:
                    await turn.result_of(channel.send(line_of(entry)))
        except (LedgerAway, discord.HTTPException, OSError, TimeoutError) as fault:
            log.warning("could not write %s to the moderators' log: %s", entry, fault)


def line_of(entry: Entry | LogLine) -> str:
    """An act in one line. Names are mentions that ping nobody."""
    actor = "Darkroom" if entry.actor_id is None else f"<@{entry.actor_id}>"
    whom = f" · <@{entry.user_id}>" if entry.user_id is not None else ""
    told = _SHOWN_AS_NAMES.sub(r"\1", shown_prompt(entry.detail, 300))
    detail = f" · {told}" if told else ""
    return f"{_SIGNS.get(entry.act, '🔧')} **{entry.act}** by {actor}{whom}{detail}"
