"""The way to the database. What was begun is finished: a transaction does not stop half-way with its caller."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.errors import LedgerAway
from bot.ledger.database.dialects import is_shared, postgresql_engine, sqlite_engine
from bot.ledger.database.refusals import foreseen
from bot.ledger.database.upgrades import HEAD, Upgrade, revision
from bot.operating_system.private_files import make_private_file, make_private_folder

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]
"""What is done within one transaction. It returns values, never rows that are still to be read."""

Undo = Callable[[T], Work[object]]
"""From what a transaction returned, what takes it back."""

ANSWER_SECONDS: Final = 2.5
"""Discord waits three seconds for an answer: a database that says nothing for so long is answered for."""
_UNHURRIED_SECONDS: Final = 20.0
_STATEMENT_SECONDS: Final = 20.0
_CONNECTIONS: Final = 8
_HOLDING_CONNECTIONS: Final = 4
_AGAIN_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class Database(abc.ABC):
    """One database; a transaction is the only way to it. `shared`: other processes may be at work in it too."""

    shared: ClassVar[bool]

    def __init__(self, url: URL) -> None:
        self.url = url
        self._under_way: set[asyncio.Task[Any]] = set()
        self._undoing: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, database_url: str) -> Database:
        """Open the database, bringing its tables up to date, however long that takes.

        Raises `LedgerAway`, `LedgerTooNew`, `LedgerNotCopied` and `LedgerNotUpgraded`.
        """
        database = cls.at(database_url)
        try:
            if await database.transaction(revision, seconds=_UNHURRIED_SECONDS) != HEAD:
                await database.bring_up_to_date()
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    def at(cls, database_url: str) -> Database:
        """The database as it is, whatever its tables; nothing is asked of it yet."""
        try:
            url = make_url(database_url)
        except (ArgumentError, ValueError):
            # Their words repeat parts of it.
            raise LedgerAway("its address is not valid") from None
        return _PostgreSQL(url) if is_shared(url) else _SQLite(url)

    async def transaction(
        self, work: Work[T], *, undo: Undo[T] | None = None, seconds: float | None = ANSWER_SECONDS
    ) -> T:
        """Run `work` on a connection and commit. Raises `LedgerAway` where the database cannot be used now, or has
        not done it in so many `seconds` (None: it may take as long as it likes).

        That leaves open whether it was committed after all: `undo` then takes it back as soon as the database is
        there again. A caller that is cancelled leaves at once; the transaction goes on to its end.
        """
        task = self._start(self._attempt(work, undo), self._under_way)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(task)
        except TimeoutError as fault:
            if not task.cancel():
                return task.result()
            raise LedgerAway(f"timed out after {seconds} s") from fault

    async def patiently(self, work: Work[T], *, again: Work[T] | None = None) -> T:
        """The same, again and again until the database is back: for what must be written down whatever happens.

        `again` is what is done from the second time on: an earlier one may have been committed unheard.
        """
        tries = 0
        while True:
            try:
                return await self.transaction(work if again is None or not tries else again, seconds=_UNHURRIED_SECONDS)
            except LedgerAway as fault:
                log.warning("retrying the database: %s", fault)
                await asyncio.sleep(_AGAIN_SECONDS[min(tries, len(_AGAIN_SECONDS) - 1)])
                tries += 1

    async def close(self) -> None:
        """Wait for what is under way, then give the database back. What cannot be undone now stays."""
        if self._undoing:
            await asyncio.wait(self._undoing, timeout=ANSWER_SECONDS)
        for task in self._undoing:
            task.cancel()
        await asyncio.gather(*self._undoing, *self._under_way, return_exceptions=True)
        await self._dispose()

    async def bring_up_to_date(self) -> None:
        """Upgrade the tables, however long it takes. Raises as `open` does."""
        upgrade = Upgrade()
        try:
            await self._without_limit(upgrade)
        # A migration is a program of its own: whatever goes wrong in one, the tables are as they were.
        except Exception as fault:
            log.debug("the database upgrade failed", exc_info=True)
            raise upgrade.failure(fault) from fault

    async def _attempt(self, work: Work[T], undo: Undo[T] | None) -> T:
        results: list[T] = []

        def noted(connection: Connection) -> T:
            results.append(work(connection))
            return results[0]

        try:
            return await self._run(noted)
        except (LedgerAway, asyncio.CancelledError):
            if undo is not None and results:
                self._start(self.patiently(undo(results[0])), self._undoing)
            raise

    @staticmethod
    def _start(running: Coroutine[Any, Any, T], owned: set[asyncio.Task[Any]]) -> asyncio.Task[T]:
        task = asyncio.create_task(running)
        owned.add(task)
        task.add_done_callback(owned.discard)
        return task

    @abc.abstractmethod
    def open_transaction(self) -> contextlib.AbstractAsyncContextManager[Callable[[Work[Any]], Awaitable[Any]]]:
        """A transaction that its caller ends, for a lock that is held while something else happens."""

    @abc.abstractmethod
    async def _run(self, work: Work[T]) -> T: ...

    @abc.abstractmethod
    async def _without_limit(self, work: Work[T]) -> T:
        """Run `work` and commit, as `transaction` does, with no statement that is ended because it takes long."""

    @abc.abstractmethod
    async def _dispose(self) -> None: ...


class _SQLite(Database):
    """One connection in one thread: SQLite has one writer anyway, and whoever waits for it waits in order."""

    shared = False

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        if url.database and not url.database.startswith((":memory:", "file:")):
            with foreseen(self.url):
                path = Path(url.database)
                make_private_folder(path.parent)
                # SQLite gives what it keeps beside the file (-wal, -shm, -journal) the file's own rights.
                make_private_file(path)
        self._engine = sqlite_engine(url)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def _run(self, work: Work[T]) -> T:
        given_up = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work, given_up)
        except asyncio.CancelledError:
            given_up.set()
            raise

    def _do(self, work: Work[T], given_up: threading.Event) -> T:
        with foreseen(self.url), self._engine.begin() as connection:
            result = work(connection)
            if given_up.is_set():
                raise TimeoutError
            return result

    async def _without_limit(self, work: Work[T]) -> T:
        return await self.transaction(work, seconds=None)

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
        self._engine = postgresql_engine(url, _CONNECTIONS, _STATEMENT_SECONDS)
        # Whoever holds a job waits for Discord: however long that takes, the others go on.
        self._holding = postgresql_engine(url, _HOLDING_CONNECTIONS, _STATEMENT_SECONDS)

    async def _run(self, work: Work[T]) -> T:
        done = False

        def noted(connection: Connection) -> T:
            nonlocal done
            result = work(connection)
            done = True
            return result

        with foreseen(self.url):
            try:
                return await self._once(noted)
            except DBAPIError as fault:
                # The server was restarted since this connection was used last. What was not done was not committed.
                if done or not fault.connection_invalidated:
                    raise
            return await self._once(work)

    async def _once(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def _without_limit(self, work: Work[T]) -> T:
        engine = postgresql_engine(self.url, 1, None)
        try:
            with foreseen(self.url):
                async with engine.begin() as connection:
                    return await connection.run_sync(work)
        finally:
            await engine.dispose()

    @contextlib.asynccontextmanager
    async def open_transaction(self) -> AsyncIterator[Callable[[Work[Any]], Awaitable[Any]]]:
        with foreseen(self.url):
            connection = await self._holding.connect()

        async def run(work: Work[T]) -> T:
            with foreseen(self.url):
                return await connection.run_sync(work)

        # What its caller raises in between is no fault of the database's.
        try:
            yield run
        finally:
            with foreseen(self.url):
                async with contextlib.aclosing(connection):
                    await connection.commit()

    async def _dispose(self) -> None:
        await self._engine.dispose()
        await self._holding.dispose()
