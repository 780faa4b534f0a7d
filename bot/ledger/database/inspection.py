"""Inspects a database without creating or upgrading anything, and without locking it for long."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError

from bot.errors import LedgerAway
from bot.ledger.database.backup import copy_path
from bot.ledger.database.dialects import now
from bot.ledger.database.refusals import words_of
from bot.ledger.database.transactions import Database
from bot.ledger.database.upgrades import HEAD, is_suitable, known_revisions, revision

_PATIENCE: Final = 10.0
"""Seconds to wait for a lock, because a running bot that uses the same database goes first."""


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """The state of a database. `place` is its file path or "PostgreSQL"; `revision` is None if it has no tables yet."""

    place: str
    revision: str | None
    head: str
    known: bool
    """Whether this program can start from it: it knows the revision, or a newer version left it usable."""
    fault: str | None
    """Why the database cannot be written to; None if it can."""
    copy: str | None
    """Where the next start copies the database before it upgrades it; None if it makes no copy."""
    lacking: int
    """Bytes that are missing on its disk for that copy and for the upgrade after it, which takes as much again."""
    ahead: float | None
    """Seconds by which this machine's clock is ahead of the database's; None for SQLite, which has no clock."""
    free: int | None = None
    """How many more connections PostgreSQL allows; None for SQLite."""


async def inspect_ledger(database_url: str) -> LedgerFacts:
    """Read the state of the database. Raises `LedgerAway` if it is unreachable."""
    if database_url.startswith("sqlite") and (missing_file := _missing_file(_path(database_url))) is not None:
        return missing_file
    database = Database.at(database_url)
    try:
        found = await database.transaction(revision, seconds=_PATIENCE)
        ahead = await database.transaction(_ahead, seconds=_PATIENCE) if database.shared else None
        free = await database.transaction(_free, seconds=_PATIENCE) if database.shared else None
        fault = await _refusal(database)
        suitable = await database.transaction(is_suitable, seconds=_PATIENCE)
    finally:
        await database.close()
    place = "PostgreSQL" if database.shared else str(_path(database_url))
    upgradable = found in {None, *known_revisions()}
    copied = upgradable and found not in {None, HEAD} and not database.shared
    copy = str(copy_path(Path(place), HEAD)) if copied else None
    lacking = _lacking(Path(place)) if copied else 0
    return LedgerFacts(
        place,
        found,
        HEAD,
        known=upgradable or suitable,
        fault=fault,
        copy=copy,
        lacking=lacking,
        ahead=ahead,
        free=free,
    )


def _missing_file(path: Path) -> LedgerFacts | None:
    """The state of an SQLite file that does not exist, because opening it would create it. None if it exists."""
    if path.exists():
        return None
    above = next(one for one in path.absolute().parents if one.exists())
    writable = above.is_dir() and os.access(above, os.W_OK)
    fault = None if writable else f"no file can be created in {above}"
    return LedgerFacts(str(path), None, HEAD, known=True, fault=fault, copy=None, lacking=0, ahead=None)


def _lacking(ledger: Path) -> int:
    log_file = ledger.with_name(f"{ledger.name}-wal")
    size = ledger.stat().st_size + (log_file.stat().st_size if log_file.exists() else 0)
    return max(0, 2 * size - shutil.disk_usage(ledger.absolute().parent).free)


async def _refusal(database: Database) -> str | None:
    try:
        await database.transaction(_try_to_write, seconds=_PATIENCE)
    except (DBAPIError, LedgerAway) as fault:
        return words_of(getattr(fault, "orig", fault), database.url)
    return None


def _path(database_url: str) -> Path:
    return Path(make_url(database_url).database or "")


def _ahead(connection: Connection) -> float:
    asked_at = time.time()
    database_time = connection.scalars(select(now())).one()
    return (asked_at + time.time()) / 2 - database_time


def _free(connection: Connection) -> int:
    allowed = "current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    used = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    return int(connection.scalars(text(f"SELECT {allowed} - ({used})")).one())


def _try_to_write(connection: Connection) -> None:
    """Create a table and roll back. This succeeds only if the disk is writable and the user has the privileges."""
    with connection.begin_nested() as attempt:
        connection.execute(text("CREATE TABLE darkroom_doctor (id INTEGER)"))
        attempt.rollback()
