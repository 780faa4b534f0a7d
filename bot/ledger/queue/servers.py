"""Which worker looks after which ComfyUI, and what that one has: for gateways that cannot ask it themselves."""

from __future__ import annotations

import asyncio
import hashlib
import time
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now
from bot.ledger.database.schema import SERVERS
from bot.ledger.database.transactions import Database
from bot.ledger.signals import SERVERS as CHANGED

LOCKED: Final = "locked"
"""It wants a password, or another one."""
ILL: Final = "ill"
"""It answers, but not as a ComfyUI does."""
_FORGOTTEN_SECONDS: Final = 3600.0
"""After a worker's death."""
_FIRST_LOOK_SECONDS: Final = 20.0
"""A process that has just started says nothing of servers that nobody has looked at, for at most so long."""
ANSWERING: Final = SERVERS.c.answering & (SERVERS.c.lease_until > now())
"""What a worker says of a server that works."""


@dataclass(frozen=True, slots=True)
class KnownServer:
    """A ComfyUI that some worker looks after. `fingerprint` changes with what it has; None: it was never asked."""

    url: str
    answering: bool
    fingerprint: str | None
    trouble: str | None = None
    """What is wrong where it does not answer as it should: `LOCKED`, `ILL`, or nothing that is known."""


class Servers:
    """What the workers of all processes say about their servers. `worker` is this process."""

    def __init__(self, database: Database, worker: str, lease_seconds: float) -> None:
        self._database = database
        self._worker = worker
        self._lease_seconds = lease_seconds
        self._unseen: set[str] = set()
        self._knows_all_at = time.monotonic() + _FIRST_LOOK_SECONDS

    def expect(self, urls: Collection[str]) -> None:
        """Say that this process is about to look at these servers for the first time."""
        self._unseen = set(urls)

    def away(self, known: Sequence[KnownServer]) -> bool:
        """Whether it is certain that none of the `known` servers answers, and that there are no others.

        Right after a start nothing is certain: a server that nobody has looked at yet is not away.
        """
        if any(server.answering for server in known):
            return False
        return bool(known and not self._unseen) or time.monotonic() >= self._knows_all_at

    async def say(
        self, url: str, *, answering: bool, object_info: bytes | None = None, trouble: str | None = None
    ) -> None:
        """Say how a server of this worker is, and what it has (the JSON of its `/object_info`) where that was asked."""
        values: dict[str, object] = {"answering": answering, "trouble": trouble}
        if object_info is not None:
            values |= await asyncio.to_thread(_columns, object_info)

        def write(connection: Connection) -> None:
            own = SERVERS.c.url == url, SERVERS.c.worker == self._worker
            lease = now() + self._lease_seconds
            changed = connection.execute(update(SERVERS).where(*own).values(**values, lease_until=lease))
            if not changed.rowcount:
                # Every start of a worker is another one.
                connection.execute(delete(SERVERS).where(SERVERS.c.lease_until < now() - _FORGOTTEN_SECONDS))
                row = {"url": url, "worker": self._worker, **values}
                connection.execute(insert(SERVERS).values(**row, lease_until=lease))
            notify(connection, CHANGED)

        await self._database.transaction(write)
        self._unseen.discard(url)

    async def known(self) -> tuple[KnownServer, ...]:
        """Every server whose worker is alive."""
        return await self._database.transaction(known_servers)

    async def object_info(self, fingerprint: str) -> bytes | None:
        """What a server with this fingerprint has, as the JSON of its `/object_info`; None where that is gone."""
        statement = select(SERVERS.c.object_info).where(SERVERS.c.fingerprint == fingerprint).limit(1)
        packed = await self._database.transaction(lambda connection: connection.scalar(statement))
        return await asyncio.to_thread(zlib.decompress, packed) if packed is not None else None


def known_servers(connection: Connection) -> tuple[KnownServer, ...]:
    """Every server whose worker is alive."""
    columns = SERVERS.c.url, SERVERS.c.answering, SERVERS.c.fingerprint, SERVERS.c.trouble
    alive = SERVERS.c.lease_until > now()
    rows = connection.execute(select(*columns).where(alive).order_by(SERVERS.c.url, SERVERS.c.answering)).all()
    # Of a server that two workers look after the row that comes last says whether it answers any of them.
    return tuple({row.url: KnownServer(*row) for row in rows}.values())


def _columns(object_info: bytes) -> dict[str, object]:
    # The digest of what was said, not of what is stored: servers that have the same have one fingerprint everywhere.
    fingerprint = hashlib.sha256(object_info).hexdigest()
    return {"object_info": zlib.compress(object_info, level=1), "fingerprint": fingerprint}


def is_away(url: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the workers of this server say that it does not answer. One that nobody speaks of is not away."""
    alive = select(SERVERS.c.url).where(SERVERS.c.lease_until > now())
    return url.in_(alive.where(~SERVERS.c.answering)) & url.not_in(alive.where(SERVERS.c.answering))


def renew_servers(connection: Connection, worker: str, lease_seconds: float) -> None:
    """Say that this worker is alive, and with it what it says of its servers."""
    connection.execute(update(SERVERS).where(SERVERS.c.worker == worker).values(lease_until=now() + lease_seconds))


def forget_servers(connection: Connection, worker: str | None) -> None:
    """Say that this worker ends, or (None) that nobody has been at work here."""
    connection.execute(delete(SERVERS).where(*(() if worker is None else (SERVERS.c.worker == worker,))))
