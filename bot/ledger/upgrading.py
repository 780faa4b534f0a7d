"""Brings a database's tables up to date, one migration after the other."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import LedgerNotUpgraded, LedgerTooNew
from bot.ledger.copying import copy_aside

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

HEAD: Final = "0005"
"""The newest migration: what this program was written for."""
_LOCK: Final = 0x0DA2C200
"""Of PostgreSQL: processes that start at the same time upgrade one after the other."""


def upgrade(connection: Connection) -> None:
    """Run the migrations that the database has not had yet, in the caller's transaction.

    A file with jobs in it is copied first. Raises `LedgerTooNew` and `LedgerNotUpgraded`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    found = revision(connection)
    if found == HEAD:
        return
    if found is not None and found not in known_revisions():
        raise LedgerTooNew(found)
    kept = None if found is None else _keep(connection, found)
    try:
        migrate(connection)
    except SQLAlchemyError as fault:
        raise LedgerNotUpgraded(str(getattr(fault, "orig", fault)), kept) from fault
    if found is not None:
        beside = "" if kept is None else f"; as it was it is kept in {kept}"
        log.info("the database is upgraded from %s to %s%s", found, HEAD, beside)


def revision(connection: Connection) -> str | None:
    """The newest migration that the database has had; None: it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def known_revisions() -> frozenset[str]:
    """Every migration that this program has."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as below

    return frozenset(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def _keep(connection: Connection, found: str) -> Path | None:
    """The copy of SQLite's file; None where there is none, as with a server, which its operator backs up."""
    if connection.dialect.name != "sqlite":
        return None
    file = connection.exec_driver_sql("PRAGMA database_list").one().file
    if not file:
        return None
    try:
        return copy_aside(Path(file), found)
    except (OSError, sqlite3.Error) as fault:
        raise LedgerNotUpgraded(f"no copy of it can be made ({fault})", None) from fault


def migrate(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to this one."""
    # Imported where it is needed: most starts need none of it.
    from alembic import command  # noqa: PLC0415

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", "bot.ledger:migrations")
    return config
