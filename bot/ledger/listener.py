"""Hears what other processes say through PostgreSQL, on a connection of its own."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import asyncpg
from sqlalchemy.engine import URL

from bot.concurrency import first_set
from bot.ledger.database.dialects import CHANNEL, connect_arguments, is_shared
from bot.ledger.database.refusals import words_of
from bot.ledger.signals import CANCEL, SERVERS, WORK, WORKFLOWS, Signals

log = logging.getLogger(__name__)

_CONNECT_SECONDS: Final = 5.0
_PROBE_SECONDS: Final = 10.0
"""A connection that went dead without a word is noticed after this long."""
_AGAIN_SECONDS: Final = 1.0
_SILENT: Final = "30s"
"""A process that is stopped says nothing and closes nothing: it must not lead for longer than that."""
_NAME: Final = "darkroom news"
"""What PostgreSQL's lists call the connection."""

_LEADER: Final = 0x0DA2C201
"""PostgreSQL's number of the lock whose holder leads."""


class Listening:
    """Keeps a LISTEN connection until cancelled. What was missed meanwhile is read again from the ledger.

    One of all processes that listen `leads`: it does what is to be done once for all. It leads as long as its
    connection lasts; where nobody else can be at work, always.
    """

    def __init__(self, url: URL, signals: Signals, probe_seconds: float = _PROBE_SECONDS) -> None:
        self._url = url
        self._signals = signals
        self._probe_seconds = probe_seconds
        self.connected = asyncio.Event()
        self.leads = not is_shared(url)

    async def run(self) -> None:
        """Listen for ever, connecting again whenever the connection is gone."""
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("not receiving the database's notifications at the moment: %s", words_of(fault, self._url))
            self.connected.clear()
            self.leads = False
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen(self) -> None:
        arguments = connect_arguments(self._url, idle_session_timeout=_SILENT, application_name=_NAME)
        connection = await asyncpg.connect(**arguments, timeout=_CONNECT_SECONDS)
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        try:
            await connection.add_listener(CHANNEL, self._heard)
            for topic in (WORK, WORKFLOWS, SERVERS, CANCEL):
                self._signals.ring(topic)
            self.connected.set()
            while True:
                if not self.leads and await connection.fetchval(
                    "SELECT pg_try_advisory_lock($1)", _LEADER, timeout=_CONNECT_SECONDS
                ):
                    self.leads = True
                    self._signals.ring(WORK)
                await connection.execute("SELECT 1", timeout=_CONNECT_SECONDS)
                await first_set(gone, seconds=self._probe_seconds)
        finally:
            connection.terminate()

    def _heard(self, _connection: Any, _process: int, _channel: str, news: object) -> None:  # noqa: ANN401 - asyncpg's
        self._signals.hear(str(news))
