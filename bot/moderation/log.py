"""Writes to the moderators' log: the ledger keeps an entry for every act and refusal, in the order of the acts."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.discord_times import CLOCKS
from bot.errors import LedgerAway
from bot.ledger import Entry, Ledger
from bot.translation import ENGLISH, Language, language_called, speaking

log = logging.getLogger(__name__)

Worded = Callable[[], str]
"""Words the detail of an entry, in the language that is spoken when it is called."""

_MOST: Final = 10_000
"""Entries that wait while the database is away. Later ones are dropped."""
_CLOSE_SECONDS: Final = 3.0
"""The database may be away while the program ends: what is being written gets this long, then it is dropped."""


class ModeratorsLog:
    """Writes entries in the background, one after the other, so that no answer waits for the log. Call `close` before
    the program ends. `log_channel` shows them in a channel.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: deque[tuple[Entry, float, Worded | None]] = deque()
        self._writing: asyncio.Task[None] | None = None

    def note(self, entry: Entry, detail: str | Worded | None = None) -> None:
        """Start writing an entry, and return at once. What the bot itself says in the detail is worded in the guild's
        language: the moderator who acts may read another one.
        """
        if len(self._waiting) >= _MOST:
            log.warning("dropped an entry of the moderators' log: %s", entry.act)
            return
        # The ledger's times are those of the database's clock.
        worded = detail if callable(detail) else None
        told = replace(entry, detail=detail) if isinstance(detail, str) else entry
        self._waiting.append((told, time.time() + CLOCKS.database, worded))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="moderators' log")

    async def close(self) -> None:
        """Wait for the entries that are being written, for a few seconds at most."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=_CLOSE_SECONDS)
            self._writing.cancel()

    async def _write(self) -> None:
        while self._waiting:
            entry, at, worded = self._waiting.popleft()
            try:
                if worded is not None:
                    with speaking(await self._language(entry.guild_id)):
                        entry = replace(entry, detail=worded())
                await self._ledger.audit.record(entry, at)
            except Exception:
                log.exception("could not write %s to the moderators' log", entry.act)

    async def _language(self, guild_id: int) -> Language:
        try:
            return language_called(await self._ledger.rules.language(guild_id))
        except LedgerAway:
            return ENGLISH
