"""Looks at a database without changing anything in it: neither made, nor upgraded, nor locked for long."""

from __future__ import annotations

import os
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
from bot.ledger.database.upgrades import HEAD, known_revisions, revision

_PATIENCE: Final = 10.0
"""Seconds; a bot at work in the same database goes first."""


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """A database. `place` is its file, or PostgreSQL; `revision` None: it has no tables yet."""

    place: str
    revision: str | None
    head: str
    known: bool
    """Whether the revision is one that this program can start from."""
    fault: str | None
    """Why it cannot be written to."""
    copy: str | None
    """The path where the next start keeps the database as it is now, before it upgrades it; None: nowhere."""
    ahead: float | None
    """Seconds by which this machine's clock is ahead of the database's; None where it has no clock of its own."""


async def inspect_ledger(database_url: str) -> LedgerFacts:
    """What is there. Raises `LedgerAway` where nothing answers."""
    if database_url.startswith("sqlite") and (unmade := _unmade(_path(database_url))) is not None:
        return unmade
    database = Database.at(database_url)
    try:
        found = await database.transaction(revision, seconds=_PATIENCE)
        ahead = await database.transaction(_ahead, seconds=_PATIENCE) if database.shared else None
        fault = await _refusal(database)
    finally:
        await database.close()
    place = "PostgreSQL" if database.shared else str(_path(database_url))
    known = found in {None, *known_revisions()}
    copied = known and found not in {None, HEAD} and not database.shared
    copy = str(copy_path(Path(place), HEAD)) if copied else None
    return LedgerFacts(place, found, HEAD, known=known, fault=fault, copy=copy, ahead=ahead)


def _unmade(path: Path) -> LedgerFacts | None:
    """A file that is not there yet: opening it would make it."""
    if path.exists():
        return None
    above = next(one for one in path.absolute().parents if one.exists())
    writable = above.is_dir() and os.access(above, os.W_OK)
    fault = None if writable else f"no file can be created in {above}"
    return LedgerFacts(str(path), None, HEAD, known=True, fault=fault, copy=None, ahead=None)


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
    told = connection.scalars(select(now())).one()
    return (asked_at + time.time()) / 2 - told


def _try_to_write(connection: Connection) -> None:
    """Make a table, and take it back: the least that shows a disk that can be written to and a user that may."""
    with connection.begin_nested() as attempt:
        connection.execute(text("CREATE TABLE darkroom_doctor (id INTEGER)"))
        attempt.rollback()
