"""Upgrades a database's tables, one migration after the other. An SQLite ledger is copied first."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.errors import DarkroomError, LedgerAway, LedgerNotUpgraded, LedgerTooNew
from bot.ledger.database.backup import copy_before

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

HEAD: Final = "0018"
"""The newest migration, which this version of the program needs."""
_LOCK: Final = 0x0DA2C200
"""Key of a PostgreSQL advisory lock: processes that start at the same time upgrade one after the other."""


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
            raise LedgerTooNew(found)
        self._found = found
        if found is not None:
            self._prepare(connection, found)
        _migrate(connection)

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


def revision(connection: Connection) -> str | None:
    """The database's newest migration; None if it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def known_revisions() -> frozenset[str]:
    """All migrations that this program contains."""
    # Imported here because most starts do not need Alembic.
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return frozenset(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def _lift_time_limits(connection: Connection) -> None:
    """Lift the operator's time limits, which are meant for statements that members wait for."""
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = 0"))


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
