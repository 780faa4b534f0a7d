"""Receives notifications from other processes through PostgreSQL, on its own connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
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
_SHARD_LEADER: Final = 0x0DA2C202
"""First half of the key of the lock that a shard's leader holds. The second half is the shard's number."""


class Listener:
    """Keeps a LISTEN connection open until cancelled. After a gap all topics ring, so that the ledger is read again.

    One of all listening processes `leads`: it does what has to be done once for all of them. It leads as long as its
    connection lasts. The same goes for each of Discord's shards, among the processes that run it (`shards`). A process
    that cannot have others beside it always leads.
    """

    def __init__(self, url: URL, signals: Signals, probe_seconds: float = _PROBE_SECONDS) -> None:
        self._url = url
        self._signals = signals
        self._probe_seconds = probe_seconds
        self.connected = asyncio.Event()
        self.leads = self._alone = not is_shared(url)
        self.shards: Callable[[], Collection[int]] = tuple
        """The shards that this process runs."""
        self._led: set[int] = set()

    def leads_shard(self, shard_id: int) -> bool:
        """Whether this process does what has to be done once for the guilds of a shard."""
        return self._alone or shard_id in self._led

    async def run(self) -> None:
        """Listen until cancelled, and reconnect whenever the connection breaks."""
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("not receiving the database's notifications at the moment: %s", words_of(fault, self._url))
            self.connected.clear()
            self.leads = False
            self._led.clear()
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
                await self._lead_shards(connection)
                await connection.execute("SELECT 1", timeout=_CONNECT_SECONDS)
                await first_set(gone, seconds=self._probe_seconds)
        finally:
            connection.terminate()

    async def _lead_shards(self, connection: asyncpg.Connection[Any]) -> None:
        for shard_id in set(self.shards()) - self._led:
            ask = "SELECT pg_try_advisory_lock($1::int4, $2::int4)"
            if await connection.fetchval(ask, _SHARD_LEADER, shard_id, timeout=_CONNECT_SECONDS):
                self._led.add(shard_id)
                self._signals.ring(WORK)

    def _handle(self, _connection: Any, _process: int, _channel: str, news: object) -> None:  # noqa: ANN401 - asyncpg's
        self._signals.hear(str(news))
