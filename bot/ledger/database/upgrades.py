"""Upgrades a database's tables, one migration after the other. An SQLite ledger is copied first.

The tables carry two neighbouring versions of the program at once: an upgrade only adds, and notes the oldest version
that still works with the result.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import DarkroomError, LedgerAway, LedgerNotUpgraded, LedgerTooNew
from bot.ledger.database.backup import copy_before
from bot.ledger.database.schema import COMPATIBILITY

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

HEAD: Final = "0031"
"""The newest migration, which this version of the program needs."""
OLDEST: Final = "0018"
"""The newest migration of the oldest version that works with these tables, so that both versions can run side by side
during an upgrade. All migrations since then only add: tests/ledger/test_neighbouring_versions.py.
"""
_LOCK: Final = 0x0DA2C200
"""Key of a PostgreSQL advisory lock: processes that start at the same time upgrade one after the other."""


_LOCK_MILLISECONDS: Final = 1500
"""How long an upgrade waits for a table before it lets others go first. Members wait 2.5 s for an answer at most."""
_LOCK_NOT_AVAILABLE: Final = "55P03"
"""SQLSTATE of PostgreSQL's error about a lock that was not free in time."""
_SILENT_SECONDS: Final = 60.0
"""An upgrade may take as long as it needs, but not without any sign of its server for this long."""
_LOOK_SECONDS: Final = 10.0

Ask = Callable[[Callable[[Connection], Any]], Awaitable[Any]]
"""Runs a transaction on another connection. Raises `LedgerAway`, after a few seconds at most."""


class Upgrade:
    """One upgrade, run inside a transaction. It remembers how far it got, for the error message if it fails."""

    def __init__(self) -> None:
        self._found: str | None = None
        self._copy: Path | None = None

    def __call__(self, connection: Connection) -> None:
        """Run the missing migrations in the caller's transaction, however long that takes.

        Raises `LedgerTooNew`, `LedgerNotCopied` and whatever a migration raises.
        """
        if connection.dialect.name == "postgresql":
            _lift_time_limits(connection)
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        found = revision(connection)
        if found == HEAD:
            return
        if found is not None and found not in known_revisions():
            if not is_suitable(connection):
                raise LedgerTooNew(found)
            log.info(
                "the next version of Darkroom has upgraded the database (to %s); it suits this version, too", found
            )
            return
        self._found = found
        if found is not None:
            self._prepare(connection, found)
        _migrate(connection)
        connection.execute(delete(COMPATIBILITY))
        connection.execute(insert(COMPATIBILITY).values(revision=HEAD, oldest=OLDEST))

    def failure(self, fault: Exception) -> Exception:
        """The exception to raise if the transaction ended with `fault`."""
        expected = isinstance(fault, DarkroomError)
        # No migration had begun: the database was empty or unreachable, or `fault` says why there is no upgrade.
        if expected and (self._found is None or not isinstance(fault, LedgerAway)):
            return fault
        reason = str(fault.orig if isinstance(fault, DBAPIError) else fault) or type(fault).__name__
        return LedgerNotUpgraded(self._found, HEAD, reason, None if self._copy is None else str(self._copy))

    def _prepare(self, connection: Connection, found: str) -> None:
        if connection.dialect.name == "postgresql":
            log.info("upgrading the database from %s to %s (PostgreSQL backups are up to you)", found, HEAD)
            return
        ledger = _file(connection)
        if ledger is None:
            return
        self._copy = copy_before(ledger, HEAD)
        log.info(
            "upgrading the database from %s to %s; a backup is in %s. "
            "To go back: stop the bot, replace %s with the backup, delete its -wal and -shm, start the older version",
            found,
            HEAD,
            self._copy,
            ledger,
        )


@contextlib.asynccontextmanager
async def ended_when_silent(connection: AsyncConnection, ask: Ask) -> AsyncIterator[None]:
    """Within the block, which ends with the commit, end the connection once the server has not served it for long, so
    that nobody waits for an answer that never comes. Raises `LedgerAway` then.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    pid = (await connection.execute(select(func.pg_backend_pid()))).scalar_one()
    watching = asyncio.create_task(_end_when_silent(driver, pid, ask), name="watch over an upgrade")
    try:
        yield
    except Exception as fault:
        if watching.done():
            raise LedgerAway(f"it has not answered for {_SILENT_SECONDS:.0f} s") from fault
        raise
    finally:
        watching.cancel()


async def _end_when_silent(driver: Any, pid: int, ask: Ask) -> None:  # noqa: ANN401 - asyncpg has no types
    clock = asyncio.get_running_loop().time
    served_at = clock()
    while clock() - served_at < _SILENT_SECONDS:
        await asyncio.sleep(_LOOK_SECONDS)
        if await _is_served(pid, ask):
            served_at = clock()
    driver.terminate()


async def _is_served(pid: int, ask: Ask) -> bool:
    """Whether the server answers, and still works for the connection with this process of the server."""
    there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid").bindparams(pid=pid)
    try:
        return bool(await ask(lambda connection: connection.scalar(there)))
    except LedgerAway as fault:
        # A refusal, such as of too many connections, is an answer.
        return not isinstance(fault.__cause__, OSError)


def revision(connection: Connection) -> str | None:
    """The database's newest migration; None if it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def is_suitable(connection: Connection) -> bool:
    """Whether a newer version that has upgraded the database left it usable for this version."""
    if not inspect(connection).has_table(COMPATIBILITY.name):
        return False
    vouched = select(COMPATIBILITY.c.oldest).where(COMPATIBILITY.c.revision == revision(connection))
    oldest = connection.scalar(vouched)
    return oldest is not None and oldest <= HEAD


def known_revisions() -> frozenset[str]:
    """All migrations that this program contains."""
    # Imported here because most starts do not need Alembic.
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return frozenset(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def is_in_the_way(fault: BaseException) -> bool:
    """Whether an upgrade failed only because another process used the tables at that moment."""
    refused = getattr(fault.__cause__, "orig", None)
    return getattr(refused, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def _lift_time_limits(connection: Connection) -> None:
    """Lift the operator's time limits, which are meant for statements that members wait for. Only waiting for a table
    has one: meanwhile everything that the other processes ask of that table waits, too.
    """
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = 0"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_MILLISECONDS}ms'"))


def _file(connection: Connection) -> Path | None:
    """The file of an SQLite database; None if it is in memory."""
    path = connection.execute(text("PRAGMA database_list")).first()
    return Path(path.file).resolve() if path is not None and path.file else None


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - as above

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", "bot.ledger:migrations")
    return config
