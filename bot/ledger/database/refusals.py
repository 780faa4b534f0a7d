"""What a database says when it is locked, full or gone, as the one error that everybody knows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Final

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import LedgerAway

_DATA_EXCEPTION: Final = "22"
"""A class of PostgreSQL's error codes."""
_FORBIDDEN: Final = "42501"
"""One of them: the user lacks a right."""


@contextlib.contextmanager
def foreseen(url: URL) -> Iterator[None]:
    """Raises `LedgerAway` for what the database at `url` may say at any time; what is our own fault goes through."""
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except DBAPIError as fault:
        # A user who may not is the operator's to put right, like a server that is not there.
        ours = isinstance(fault, ProgrammingError) and getattr(fault.orig, "sqlstate", None) != _FORBIDDEN
        if ours or _is_about_values(fault.orig):
            raise
        raise LedgerAway(words_of(fault.orig or fault, url)) from fault
    except (asyncpg.PostgresError, PoolTimeoutError, OSError, TimeoutError) as fault:
        # While it connects, the driver's own errors come through.
        raise LedgerAway(words_of(fault, url)) from fault


def words_of(fault: BaseException, url: URL) -> str:
    """What a database says, without any part of its address."""
    if isinstance(fault, OSError):
        # Its own words end with the host and the port. A name that is not known has a number below 0.
        known = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else fault.strerror
        return known or ("timed out" if isinstance(fault, TimeoutError) else "no connection")
    said = str(fault) or type(fault).__name__
    options = (value for given in url.query.values() for value in ([given] if isinstance(given, str) else given))
    for part in filter(None, (url.username, url.password, url.host, url.database, *options)):
        said = said.replace(f'"{part}"', '"…"')
    return said


def _is_about_values(error: BaseException | None) -> bool:
    # The driver's adapter has a `DataError` and never raises it.
    refused_there = str(getattr(error, "sqlstate", None)).startswith(_DATA_EXCEPTION)
    return refused_there or isinstance(getattr(error, "__cause__", None), ValueError)
