"""Brings a database's tables up to date, one migration after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import Connection

from bot.errors import LedgerTooNew

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0005"
"""The newest migration: what this program was written for."""
_LOCK: Final = 0x0DA2C200
"""Of PostgreSQL: processes that start at the same time upgrade one after the other."""


def upgrade(connection: Connection) -> None:
    """Run the migrations that the database has not had yet, in the caller's transaction. Raises `LedgerTooNew`."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    found = revision(connection)
    if found != HEAD:
        _migrate(connection, found)


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


def _migrate(connection: Connection, found: str | None) -> None:
    # Imported where it is needed: most starts need none of it.
    from alembic import command  # noqa: PLC0415

    if found is not None and found not in known_revisions():
        raise LedgerTooNew(found)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", "bot.ledger:migrations")
    return config
