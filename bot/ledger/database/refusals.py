"""Turns a database's errors (locked, full, gone) into the one error that the rest of the bot handles."""

import contextlib
import os
from collections.abc import Iterator
from typing import Final

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import LedgerAway
from bot.ledger.database.dialects import MOST_CONNECTIONS

_DATA_EXCEPTION: Final = "22"
"""SQLSTATE class of PostgreSQL's errors about values."""
_LOCKED: Final = "database is locked"
"""SQLite's words for a file that another process uses for longer than we wait."""
_FORBIDDEN: Final = "42501"
"""SQLSTATE of PostgreSQL's error about missing privileges."""
_NO_CONNECTION_LEFT: Final = "53300"


@contextlib.contextmanager
def raising_ledger_away(url: URL) -> Iterator[None]:
    """Raise `LedgerAway` for errors that any database may report at any time. Our own bugs pass through unchanged."""
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except DBAPIError as fault:
        # Missing privileges are for the operator to fix, like a database that is not running.
        ours = isinstance(fault, ProgrammingError) and getattr(fault.orig, "sqlstate", None) != _FORBIDDEN
        if ours or _is_about_values(fault.orig):
            raise
        raise LedgerAway(words_of(fault.orig or fault, url)) from fault
    except (asyncpg.PostgresError, PoolTimeoutError, OSError, TimeoutError) as fault:
        # asyncpg's own errors are not wrapped while a connection is being opened.
        raise LedgerAway(words_of(fault, url)) from fault


def words_of(fault: BaseException, url: URL) -> str:
    """The database's error message, without any part of its address."""
    if isinstance(fault, OSError):
        # The text of an OSError ends with host and port. Name resolution errors have negative numbers.
        known = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else fault.strerror
        return known or ("timed out" if isinstance(fault, TimeoutError) else "no connection")
    if getattr(fault, "sqlstate", None) == _NO_CONNECTION_LEFT:
        return f"all its connections are in use. Raise max_connections: each process needs up to {MOST_CONNECTIONS}"
    said = str(fault) or type(fault).__name__
    if said == _LOCKED:
        return "another program keeps it locked, such as one that backs it up"
    options = (value for given in url.query.values() for value in ([given] if isinstance(given, str) else given))
    for part in filter(None, (url.username, url.password, url.host, url.database, *options)):
        said = said.replace(f'"{part}"', '"…"')
    return said


def _is_about_values(error: BaseException | None) -> bool:
    # SQLAlchemy's asyncpg adapter defines `DataError` but never raises it.
    refused_there = str(getattr(error, "sqlstate", None)).startswith(_DATA_EXCEPTION)
    return refused_there or isinstance(getattr(error, "__cause__", None), ValueError)
