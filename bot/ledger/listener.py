"""Receives notifications from other processes through PostgreSQL, on its own connection."""

import asyncio
import logging
from typing import Any, Final

import asyncpg
from sqlalchemy.engine import URL

from bot.concurrency import first_set
from bot.ledger.database.dialects import CHANNEL, connect_arguments, is_shared
from bot.ledger.database.refusals import words_of
from bot.ledger.signals import CANCEL, LOG, SERVERS, WORK, WORKFLOWS, Signals

log = logging.getLogger(__name__)

_CONNECT_SECONDS: Final = 5.0
_PROBE_SECONDS: Final = 10.0
"""How often the connection is probed, because it may break without a sign."""
_RETRY_SECONDS: Final = 1.0
_IDLE_TIMEOUT: Final = "30s"
"""PostgreSQL closes an idle session after this long, so that a suspended process cannot stay the leader."""
_APPLICATION_NAME: Final = "darkroom news"
"""The connection's name in PostgreSQL's lists (`application_name`)."""

_LEADER: Final = 0x0DA2C201
"""Key of the PostgreSQL advisory lock that the leader holds."""


class Listener:
    """Keeps a LISTEN connection open until cancelled. After a gap all topics ring, so that the ledger is read again.

    One of all listening processes `leads`: it does what has to be done once for all of them. It leads as long as its
    connection lasts. A process that cannot have others beside it always leads.
    """

    def __init__(self, url: URL, signals: Signals, probe_seconds: float = _PROBE_SECONDS) -> None:
        self._url = url
        self._signals = signals
        self._probe_seconds = probe_seconds
        self.connected = asyncio.Event()
        self.leads = not is_shared(url)

    async def run(self) -> None:
        """Listen until cancelled, and reconnect whenever the connection breaks."""
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("not receiving the database's notifications at the moment: %s", words_of(fault, self._url))
            self.connected.clear()
            self.leads = False
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        arguments = connect_arguments(self._url, idle_session_timeout=_IDLE_TIMEOUT, application_name=_APPLICATION_NAME)
        connection = await asyncpg.connect(**arguments, timeout=_CONNECT_SECONDS)
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        try:
            await connection.add_listener(CHANNEL, self._handle)
            for topic in (WORK, WORKFLOWS, SERVERS, CANCEL, LOG):
                self._signals.ring(topic)
            self.connected.set()
            while True:
                if not self.leads and await connection.fetchval(
                    "SELECT pg_try_advisory_lock($1)", _LEADER, timeout=_CONNECT_SECONDS
                ):
                    self.leads = True
                    for topic in (WORK, LOG):
                        self._signals.ring(topic)
                await connection.execute("SELECT 1", timeout=_CONNECT_SECONDS)
                await first_set(gone, seconds=self._probe_seconds)
        finally:
            connection.terminate()

    def _handle(self, _connection: Any, _process: int, _channel: str, news: object) -> None:  # noqa: ANN401 - asyncpg's
        self._signals.hear(str(news))
