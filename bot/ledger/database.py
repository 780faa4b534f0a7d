"""The way to the database. What was begun is finished: a transaction does not stop half-way with its caller."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import LedgerAway
from bot.ledger.dialects import is_shared, postgresql_engine, sqlite_engine
from bot.ledger.upgrading import upgrade

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]
"""What is done within one transaction. It returns values, never rows that are still to be read."""

_AGAIN_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class Database(abc.ABC):
    """One database; a transaction is the only way to it. `shared`: other processes may be at work in it too."""

    shared: ClassVar[bool]

    def __init__(self, url: URL) -> None:
        self.url = url
        self._under_way: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, database_url: str) -> Database:
        """Open the database, bringing its tables up to date. Raises `LedgerAway` and `LedgerTooNew`."""
        database = cls.at(database_url)
        await database.transaction(upgrade)
        return database

    @classmethod
    def at(cls, database_url: str) -> Database:
        """The database as it is, whatever its tables; nothing is asked of it yet."""
        url = make_url(database_url)
        return _PostgreSQL(url) if is_shared(url) else _SQLite(url)

    async def transaction(self, work: Work[T]) -> T:
        """Run `work` on a connection and commit. Raises `LedgerAway` where the database cannot be used now.

        A caller that is cancelled leaves at once; the transaction goes on to its end.
        """
        task = asyncio.create_task(self._run(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def patiently(self, work: Work[T]) -> T:
        """The same, again and again until the database is back: for what must be written down whatever happens."""
        tries = 0
        while True:
            try:
                return await self.transaction(work)
            except LedgerAway as fault:
                log.warning("the database will be tried again: %s", fault)
                await asyncio.sleep(_AGAIN_SECONDS[min(tries, len(_AGAIN_SECONDS) - 1)])
                tries += 1

    @abc.abstractmethod
    def open_transaction(self) -> contextlib.AbstractAsyncContextManager[Callable[[Work[Any]], Awaitable[Any]]]:
        """A transaction that its caller ends, for a lock that is held while something else happens."""

    async def close(self) -> None:
        """Wait for what is under way, then give the database back."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._dispose()

    @abc.abstractmethod
    async def _run(self, work: Work[T]) -> T: ...

    @abc.abstractmethod
    async def _dispose(self) -> None: ...


class _SQLite(Database):
    """One connection in one thread: SQLite has one writer anyway, and whoever waits for it waits in order."""

    shared = False

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = sqlite_engine(url)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def _run(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    def _do(self, work: Work[T]) -> T:
        with _foreseen(), self._engine.begin() as connection:
            return work(connection)

    @contextlib.asynccontextmanager
    async def open_transaction(self) -> AsyncIterator[Callable[[Work[Any]], Awaitable[Any]]]:
        # Nobody else is there to be kept out.
        yield self.transaction

    async def _dispose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


class _PostgreSQL(Database):
    shared = True

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        self._engine = postgresql_engine(url)

    async def _run(self, work: Work[T]) -> T:
        with _foreseen():
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    @contextlib.asynccontextmanager
    async def open_transaction(self) -> AsyncIterator[Callable[[Work[Any]], Awaitable[Any]]]:
        with _foreseen():
            async with self._engine.begin() as connection:
                yield connection.run_sync

    async def _dispose(self) -> None:
        await self._engine.dispose()


@contextlib.contextmanager
def _foreseen() -> Iterator[None]:
    """What the database says when it is locked, full or gone, as the one error that everybody knows."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except DBAPIError as fault:
        raise LedgerAway(str(fault.orig)) from fault
    except (PoolTimeoutError, OSError, TimeoutError) as fault:
        raise LedgerAway(str(fault) or type(fault).__name__) from fault
