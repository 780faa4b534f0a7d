"""Writes to the moderators' log: the ledger keeps an entry for every act and refusal, in the order of the acts."""

import asyncio
import logging
import time
from collections import deque
from typing import Final

from bot.discord_times import CLOCKS
from bot.ledger import Entry, Ledger

log = logging.getLogger(__name__)

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
        self._waiting: deque[tuple[Entry, float]] = deque()
        self._writing: asyncio.Task[None] | None = None

    def note(self, entry: Entry) -> None:
        """Start writing an entry, and return at once."""
        if len(self._waiting) >= _MOST:
            log.warning("dropped an entry of the moderators' log: %s", entry.act)
            return
        # The ledger's times are those of the database's clock.
        self._waiting.append((entry, time.time() + CLOCKS.database))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="moderators' log")

    async def close(self) -> None:
        """Wait for the entries that are being written, for a few seconds at most."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=_CLOSE_SECONDS)
            self._writing.cancel()

    async def _write(self) -> None:
        while self._waiting:
            entry, at = self._waiting.popleft()
            try:
                await self._ledger.audit.record(entry, at)
            except Exception:
                log.exception("could not write %s to the moderators' log", entry.act)
