"""Which worker looks after which ComfyUI server, and what that offers, for gateways that cannot ask it themselves."""

import asyncio
import hashlib
import math
import time
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.database.transactions import Database
from bot.ledger.signals import SERVERS as CHANGED
from bot.ledger.signals import WORK

LOCKED: Final = "locked"
"""The server wants a password, or a different one."""
SUSPENDED: Final = "suspended"
"""The server takes no job until its operator acts."""
ILL: Final = "ill"
"""The server answers, but not like a ComfyUI server."""
ASLEEP: Final = "asleep"
"""The machine sleeps, and is woken when somebody waits."""
PAUSED: Final = "paused"
QUIET: Final = "quiet"
BUSY: Final = "busy"
BUDGET: Final = "budget"
"""Why a server rests: the people who run the bot said so, it is night there, somebody else needs its GPU, or what it
costs would pass the month's budget.
"""
_FORGOTTEN_SECONDS: Final = 3600.0
"""How long the rows of a dead worker are kept."""
_FIRST_LOOK_SECONDS: Final = 20.0
"""For at most this long after its start, a process does not call servers unreachable that nobody has checked."""
ANSWERING: Final = SERVERS.c.answering & (SERVERS.c.lease_until > now())
"""Servers that work, reported by workers that are alive."""
WORKING: Final = ANSWERING & SERVERS.c.rest.is_(None)
"""Those of them that take new jobs."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A server takes no new jobs: `PAUSED`, `QUIET`, `BUSY` or `BUDGET`, until then (seconds since 1970; None: nobody
    knows).
    """

    why: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class KnownServer:
    """A ComfyUI server with a live worker. `fingerprint` changes with what it offers; None if it was never asked."""

    url: str
    answering: bool
    fingerprint: str | None
    trouble: str | None = None
    """What is wrong with a server that cannot be used: `LOCKED`, `SUSPENDED`, `ILL`, `ASLEEP`, or None if unknown."""
    rest: Rest | None = None
    foreign: int = 0
    """How many prompts it has, running or waiting, that were started in ComfyUI itself."""

    @property
    def works(self) -> bool:
        """Whether it takes new jobs."""
        return self.answering and self.rest is None


class Servers:
    """What the workers of all processes report about their servers. `worker` is this process."""

    def __init__(self, database: Database, worker: str, lease_seconds: float) -> None:
        self._database = database
        self._worker = worker
        self._lease_seconds = lease_seconds
        self._unchecked: set[str] = set()
        self._rests: dict[str, Rest] = {}
        self._knows_all_at = time.monotonic() + _FIRST_LOOK_SECONDS

    def expect(self, urls: Collection[str]) -> None:
        """Announce servers that this process is about to check for the first time."""
        self._unchecked = set(urls)

    def away(self, known: Sequence[KnownServer]) -> bool:
        """Whether it is certain that all `known` servers are unreachable, and that there are no others.

        Right after a start nothing is certain: a server that nobody has checked yet does not count as unreachable.
        """
        if any(server.answering for server in known):
            return False
        return bool(known and not self._unchecked) or time.monotonic() >= self._knows_all_at

    async def say(
        self, url: str, *, answering: bool, object_info: bytes | None = None, trouble: str | None = None
    ) -> None:
        """Report the state of a server of this worker, and what it offers (`/object_info` as JSON) if it was asked."""
        values: dict[str, object] = {"answering": answering, "trouble": trouble, **_rest_columns(self._rests.get(url))}
        if object_info is not None:
            values |= await asyncio.to_thread(_columns, object_info)

        def write(connection: Connection) -> None:
            own = SERVERS.c.url == url, SERVERS.c.worker == self._worker
            lease = now() + self._lease_seconds
            changed = connection.execute(update(SERVERS).where(*own).values(**values, lease_until=lease))
            if not changed.rowcount:
                # Each start of a worker has a new id, so rows of earlier starts have to be deleted.
                connection.execute(delete(SERVERS).where(SERVERS.c.lease_until < now() - _FORGOTTEN_SECONDS))
                row = {"url": url, "worker": self._worker, **values}
                connection.execute(insert(SERVERS).values(**row, lease_until=lease))
            notify(connection, CHANGED)

        await self._database.transaction(write)
        self._unchecked.discard(url)

    async def rests(self, url: str, rest: Rest | None) -> None:
        """Report that a server of this worker rests, or (None) takes jobs again."""
        if rest is None:
            self._rests.pop(url, None)
        else:
            self._rests[url] = rest
        own = SERVERS.c.url == url, SERVERS.c.worker == self._worker
        # A machine that rests is not woken, so nobody relies on it.
        values = _rest_columns(rest) | ({} if rest is None else {"woken_until": None})

        def write(connection: Connection) -> None:
            connection.execute(update(SERVERS).where(*own).values(**values))
            notify(connection, CHANGED)

        await self._database.transaction(write)

    async def has_foreign(self, url: str, prompts: int, seconds: float | None) -> None:
        """Report how many prompts of others a server of this worker has, and how many seconds they should take (None:
        unknown).
        """
        until = None if seconds is None or not prompts else now() + seconds
        own = SERVERS.c.url == url, SERVERS.c.worker == self._worker

        def write(connection: Connection) -> None:
            connection.execute(update(SERVERS).where(*own).values(foreign_prompts=prompts, foreign_until=until))
            notify(connection, CHANGED, WORK)

        await self._database.transaction(write)

    async def known(self) -> tuple[KnownServer, ...]:
        """Every server with a live worker."""
        return await self._database.transaction(known_servers)

    async def object_info(self, fingerprint: str) -> bytes | None:
        """What a server with this fingerprint offers (`/object_info` as JSON); None if it is no longer stored."""
        statement = select(SERVERS.c.object_info).where(SERVERS.c.fingerprint == fingerprint).limit(1)
        packed = await self._database.transaction(lambda connection: connection.scalar(statement))
        return await asyncio.to_thread(zlib.decompress, packed) if packed is not None else None


def known_servers(connection: Connection) -> tuple[KnownServer, ...]:
    """Every server with a live worker."""
    columns = SERVERS.c.url, SERVERS.c.answering, SERVERS.c.fingerprint, SERVERS.c.trouble
    rests = SERVERS.c.rest, SERVERS.c.rest_until, SERVERS.c.foreign_prompts
    alive = SERVERS.c.lease_until > now()
    rows = connection.execute(select(*columns, *rests).where(alive).order_by(SERVERS.c.url, SERVERS.c.answering)).all()
    # If a server has two workers, its last row wins, which says whether any of them reaches it.
    return tuple({row.url: _known(row) for row in rows}.values())


def resting(known: Sequence[KnownServer]) -> Rest | None:
    """Why no job begins anywhere, although servers could: they rest. None if one works, or if none rests. Where they
    rest for different reasons, the first known end counts.
    """
    if any(server.works for server in known):
        return None
    rests = [server.rest for server in known if server.rest is not None]
    return min(rests, key=lambda rest: (math.inf if rest.until is None else rest.until, rest.why), default=None)


def foreign_work(known: Iterable[KnownServer]) -> int:
    """How many prompts of others come first wherever a job could go: on the server that has the fewest of them. 0 if
    one has none.
    """
    return min((server.foreign for server in known if server.works), default=0)


def _known(row: Any) -> KnownServer:  # noqa: ANN401 - a row of `known_servers`
    rest = None if row.rest is None else Rest(row.rest, row.rest_until)
    return KnownServer(row.url, row.answering, row.fingerprint, row.trouble, rest, row.foreign_prompts)


def _rest_columns(rest: Rest | None) -> dict[str, object]:
    return {"rest": None if rest is None else rest.why, "rest_until": None if rest is None else rest.until}


def _columns(object_info: bytes) -> dict[str, object]:
    # Hashes the JSON, not the compressed bytes, so that equal servers have equal fingerprints on every machine.
    fingerprint = hashlib.sha256(object_info).hexdigest()
    return {"object_info": zlib.compress(object_info, level=1), "fingerprint": fingerprint}


def is_away(url: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a server's workers report it as unreachable. A server that nobody reports is not unreachable."""
    alive = select(SERVERS.c.url).where(SERVERS.c.lease_until > now())
    return url.in_(alive.where(~SERVERS.c.answering)) & url.not_in(alive.where(SERVERS.c.answering))


def renew_servers(connection: Connection, worker: str, lease_seconds: float) -> None:
    """Renew this worker's reports about its servers."""
    connection.execute(update(SERVERS).where(SERVERS.c.worker == worker).values(lease_until=now() + lease_seconds))


def forget_servers(connection: Connection, worker: str | None) -> None:
    """Delete the reports of a worker that ends, or (None) of all workers."""
    connection.execute(delete(SERVERS).where(*(() if worker is None else (SERVERS.c.worker == worker,))))
