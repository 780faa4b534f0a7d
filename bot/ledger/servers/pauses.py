"""Servers that the operator has paused. In the ledger, so that every worker knows and no restart ends a pause."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now, put
from bot.ledger.database.server_tables import PAUSES
from bot.ledger.database.transactions import Database
from bot.ledger.signals import WORK, Signals

ALL: Final = ""
"""In place of a server's name: all of them."""
_CURRENT: Final = or_(PAUSES.c.until.is_(None), PAUSES.c.until > now())
_REMEMBERED_SECONDS: Final = 1.0
"""How long another process's pause may stay unnoticed. Each claim asks, so not each asks the database."""


@dataclass(frozen=True, slots=True)
class Pause:
    """`until` is in seconds since 1970; without it the pause has no end."""

    by: int
    until: float | None = None


class Pauses:
    """The pauses of all servers."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._known: tuple[float, Mapping[str, Pause]] | None = None

    async def of(self, server: str) -> tuple[Pause, ...]:
        """The pauses that this server is in, by its name. Raises `LedgerAway`."""
        if self._known is None or time.monotonic() - self._known[0] > _REMEMBERED_SECONDS:
            read_at = time.monotonic()
            self._known = read_at, await self._database.transaction(_read)
        known = self._known[1]
        return tuple(known[name] for name in (ALL, server) if name in known)

    async def pause(self, server: str, by: int, until: float | None) -> None:
        """Pause a server, or `ALL`. Raises `LedgerAway`."""
        values = {"by": by, "at": now(), "until": until}

        def write(connection: Connection) -> None:
            put(connection, PAUSES, {"server": server}, values)
            notify(connection, WORK)

        await self._database.transaction(write)
        self._changed()

    async def resume(self, server: str) -> bool:
        """End the pause of a server; `ALL` ends every pause. Returns whether there was one. Raises `LedgerAway`."""
        ending = delete(PAUSES) if server == ALL else delete(PAUSES).where(PAUSES.c.server == server)

        def write(connection: Connection) -> bool:
            ended = connection.execute(ending.where(_CURRENT)).rowcount > 0
            notify(connection, WORK)
            return ended

        ended = await self._database.transaction(write)
        self._changed()
        return ended

    def _changed(self) -> None:
        self._known = None
        self._signals.ring()


def _read(connection: Connection) -> Mapping[str, Pause]:
    return {row.server: Pause(row.by, row.until) for row in connection.execute(select(PAUSES).where(_CURRENT))}
