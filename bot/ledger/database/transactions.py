"""Access to the database. A transaction that has begun is finished, even if its caller is cancelled."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.errors import LedgerAway
from bot.ledger.database.dialects import (
    is_shared,
    postgresql_engine,
    postgresql_pools,
    scrub_sqlite,
    sqlite_engine,
    sqlite_file,
)
from bot.ledger.database.refusals import raising_ledger_away
from bot.ledger.database.upgrades import HEAD, Upgrade, ended_when_silent, is_in_the_way, revision
from bot.operating_system.private_files import make_private_file, make_private_folder

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]
"""The body of one transaction. It returns values, never rows that are still to be fetched."""

Undo = Callable[[T], Work[object]]
"""Builds the transaction that reverts an earlier one, from what the earlier one returned."""

ANSWER_SECONDS: Final = 2.5
"""Discord waits three seconds for an answer, so a slower database counts as unreachable."""
_UNHURRIED_SECONDS: Final = 20.0
_UPGRADE_PAUSE_SECONDS: Final = 0.5
_RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class Database(abc.ABC):
    """A database, accessed only through transactions. `shared`: other processes may use it too."""

    shared: ClassVar[bool]

    def __init__(self, url: URL) -> None:
        self.url = url
        self._under_way: set[asyncio.Task[Any]] = set()
        self._undoing: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, database_url: str) -> Database:
        """Open the database and upgrade its tables, however long that takes.

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
        """The database without checking or upgrading its tables. Does not connect yet."""
        try:
            url = make_url(database_url)
        except (ArgumentError, ValueError):
            # The parser's messages repeat parts of the address, which may hold a password.
            raise LedgerAway("its address is not valid") from None
        return _PostgreSQL(url) if is_shared(url) else _SQLite(url)

    async def transaction(
        self, work: Work[T], *, undo: Undo[T] | None = None, seconds: float | None = ANSWER_SECONDS
    ) -> T:
        """Run `work` on a connection and commit. Raises `LedgerAway` if the database is unusable or takes longer than
        `seconds` (None: no limit).

        After a timeout it is unknown whether the transaction was committed. If it was, `undo` reverts it as soon as the
        database is back. A cancelled caller returns at once, while the transaction still runs to its end.
        """
        task = self._start(self._attempt(work, undo), self._under_way)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(task)
        except TimeoutError as fault:
            if not task.cancel():
                return task.result()
            raise LedgerAway(f"timed out after {seconds} s") from fault

    async def persist(self, work: Work[T], *, again: Work[T] | None = None) -> T:
        """Like `transaction`, but retries until the database is back, for what must not be lost.

        `again` replaces `work` from the second try on: an earlier try may have been committed without an answer.
        """
        tries = 0
        while True:
            try:
                return await self.transaction(work if again is None or not tries else again, seconds=_UNHURRIED_SECONDS)
            except LedgerAway as fault:
                log.warning("retrying the database: %s", fault)
                await asyncio.sleep(_RETRY_SECONDS[min(tries, len(_RETRY_SECONDS) - 1)])
                tries += 1

    async def close(self) -> None:
        """Wait for running transactions, then close the connections. What cannot be undone by now stays."""
        if self._undoing:
            await asyncio.wait(self._undoing, timeout=ANSWER_SECONDS)
        for task in self._undoing:
            task.cancel()
        await asyncio.gather(*self._undoing, *self._under_way, return_exceptions=True)
        await self._dispose()

    async def bring_up_to_date(self) -> None:
        """Upgrade the tables, however long that takes. Raises as `open` does."""
        waiting = False
        while True:
            upgrade = Upgrade()
            try:
                await self._without_limit(upgrade)
            # A migration may raise anything. It is rolled back, so the tables are unchanged.
            except Exception as fault:
                if is_in_the_way(fault):
                    # What the others wait for goes first. They hold a job for as long as Discord takes for one edit.
                    if not waiting:
                        log.info("another process uses or upgrades the database: the upgrade waits for it")
                    waiting = True
                    await asyncio.sleep(_UPGRADE_PAUSE_SECONDS)
                    continue
                log.debug("the database upgrade failed", exc_info=True)
                raise upgrade.failure(fault) from fault
            return

    async def _attempt(self, work: Work[T], undo: Undo[T] | None) -> T:
        results: list[T] = []

        def noted(connection: Connection) -> T:
            results.append(work(connection))
            return results[0]

        try:
            return await self._run(noted)
        except (LedgerAway, asyncio.CancelledError):
            if undo is not None and results:
                self._start(self.persist(undo(results[0])), self._undoing)
            raise

    @staticmethod
    def _start(running: Coroutine[Any, Any, T], owned: set[asyncio.Task[Any]]) -> asyncio.Task[T]:
        task = asyncio.create_task(running)
        owned.add(task)
        task.add_done_callback(owned.discard)
        return task

    @abc.abstractmethod
    def open_transaction(self) -> contextlib.AbstractAsyncContextManager[Callable[[Work[Any]], Awaitable[Any]]]:
        """A transaction that its caller ends, to hold a lock while something else happens."""

    @abc.abstractmethod
    async def scrub(self) -> None:
        """Overwrite what rows that were left to scrub have left in the database's files, as far as this program can
        reach them. What can't be overwritten now is logged, and stays left to scrub.
        """

    @abc.abstractmethod
    async def _run(self, work: Work[T]) -> T: ...

    @abc.abstractmethod
    async def _without_limit(self, work: Work[T]) -> T:
        """Run `work` and commit like `transaction`, but without a time limit per statement."""

    @abc.abstractmethod
    async def _dispose(self) -> None: ...


class _SQLite(Database):
    """One connection in one thread. SQLite has a single writer anyway, and transactions wait for it in order."""

    shared = False

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        if (path := sqlite_file(url)) is not None:
            with raising_ledger_away(self.url):
                make_private_folder(path.parent)
                # SQLite gives its side files (-wal, -shm, -journal) the permissions of the database file.
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
        with raising_ledger_away(self.url), self._engine.begin() as connection:
            result = work(connection)
            if given_up.is_set():
                raise TimeoutError
            return result

    async def scrub(self) -> None:
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, self._scrub))

    def _scrub(self) -> None:
        with raising_ledger_away(self.url), contextlib.closing(self._engine.raw_connection()) as connection:
            try:
                scrub_sqlite(connection.cursor())
            except sqlite3.Error as fault:
                # A full disk, or a backup that is under way.
                log.warning("copies of erased rows are left in the database's files (%s); I’ll try again", fault)

    async def _without_limit(self, work: Work[T]) -> T:
        return await self.transaction(work, seconds=None)

    @contextlib.asynccontextmanager
    async def open_transaction(self) -> AsyncIterator[Callable[[Work[Any]], Awaitable[Any]]]:
        # No other process has to be kept out, so there is nothing to lock.
        yield self.transaction

    async def _dispose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


class _PostgreSQL(Database):
    shared = True

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        self._engine, self._holding = postgresql_pools(url)

    async def _run(self, work: Work[T]) -> T:
        results: list[T] = []

        def noted(connection: Connection) -> T:
            results.append(work(connection))
            return results[0]

        with raising_ledger_away(self.url):
            try:
                return await self._once(noted)
            except DBAPIError as fault:
                # The database has restarted since this connection was last used. Unfinished work was not committed.
                if results or not fault.connection_invalidated:
                    raise
            return await self._once(work)

    async def scrub(self) -> None:
        # The server reuses the space of deleted rows when it vacuums; its files are its operator's.
        return

    async def _once(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def _without_limit(self, work: Work[T]) -> T:
        engine = postgresql_engine(self.url, 1, None)
        try:
            with raising_ledger_away(self.url):
                async with engine.connect() as connection, ended_when_silent(connection, self.transaction):
                    result = await connection.run_sync(work)
                    await connection.commit()
                    return result
        finally:
            await engine.dispose()

    @contextlib.asynccontextmanager
    async def open_transaction(self) -> AsyncIterator[Callable[[Work[Any]], Awaitable[Any]]]:
        with raising_ledger_away(self.url):
            connection = await self._holding.connect()

        async def run(work: Work[T]) -> T:
            with raising_ledger_away(self.url):
                return await connection.run_sync(work)

        # Exceptions of the caller are not the database's errors, so they pass through unchanged.
        try:
            yield run
        finally:
            with raising_ledger_away(self.url):
                async with contextlib.aclosing(connection):
                    await connection.commit()

    async def _dispose(self) -> None:
        await self._engine.dispose()
        await self._holding.dispose()
