"""Where SQLite and PostgreSQL differ, side by side. Everything else in the ledger is one code path.

SQLite serves one process: its transactions run one after the other, so that nothing needs a lock. PostgreSQL serves
many: rows are locked while somebody works on them, and news travel by NOTIFY.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from sqlalchemy import Float, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, AdaptedConnection, Connection, Engine, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.functions import GenericFunction

CHANNEL: Final = "darkroom"
"""Of PostgreSQL's LISTEN and NOTIFY."""
_LOCKED_SECONDS: Final = 2.0
"""Discord waits three seconds for an answer: a database that is locked for longer is answered for."""
_OPERATOR_INTERVENTION: Final = "57P"
"""PostgreSQL's error codes for a server that shuts down or starts."""
_CONNECT_SECONDS: Final = 2.0

_SERVER_SETTINGS: Final[Mapping[str, str]] = {
    # Of a client whose machine is gone PostgreSQL hears nothing, and keeps its locks for hours.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "30s",
}


class now(GenericFunction[float]):  # noqa: N801 - it reads as the SQL function that it is
    """The database's clock, in seconds since 1970: machines disagree about the time, and leases must not."""

    type = Float()
    inherit_cache = True
    name = "darkroom_now"


@compiles(now, "sqlite")
def _now_sqlite(*_: object, **__: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(*_: object, **__: object) -> str:
    # Not now(): that stands still within a transaction.
    return "extract(epoch from clock_timestamp())::double precision"


def is_shared(url: URL) -> bool:
    """Whether other processes may work with this database at the same time."""
    return url.get_backend_name() == "postgresql"


def sqlite_engine(url: URL) -> Engine:
    """SQLite's one connection, for use in one thread."""
    # Parameters are prompts and tokens: no error repeats them.
    # The plain driver: aiosqlite hands every call to a thread and back, some thirty times in the transaction that
    # accepts a job; the whole transaction in a thread of ours is handed over once (`bot.ledger.database.transactions`).
    engine = create_engine(
        url.set(drivername="sqlite"), pool_size=1, max_overflow=0, poolclass=QueuePool, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def postgresql_engine(url: URL, connections: int, statement_seconds: float | None) -> AsyncEngine:
    """So many of PostgreSQL's connections at most, on which no statement takes longer. None is opened yet."""
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=_LOCKED_SECONDS,
        hide_parameters=True,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": statement_seconds,
            "server_settings": dict(_SERVER_SETTINGS),
        },
    )
    event.listen(engine.sync_engine, "checkout", _replace_closed)
    event.listen(engine.sync_engine, "handle_error", _recognise_ended)
    return engine


def connect_arguments(url: URL, **settings: str) -> dict[str, Any]:
    """What PostgreSQL's driver wants to hear, for a connection that is not SQLAlchemy's, with more of its settings."""
    _, arguments = url.get_dialect()().create_connect_args(url)
    ours = {name: value for name, value in arguments.items() if not name.startswith("prepared_statement_")}
    return {**ours, "server_settings": {**_SERVER_SETTINGS, **settings}}


def lock_user(connection: Connection, user_id: int) -> None:
    """Until the transaction ends no other one decides what this user may still order."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(user_id)))


def add_unless_there(connection: Connection, table: Table, **values: object) -> None:
    """Write a row, unless there is one of its key already or another process writes it this moment."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())


def notify(connection: Connection, *news: str) -> None:
    """Tell every process, once this transaction is committed."""
    if connection.dialect.name == "postgresql":
        for one in news:
            connection.execute(select(func.pg_notify(CHANNEL, one)))


def _replace_closed(connection: AdaptedConnection, *_: object) -> None:
    # A server that restarted costs nobody an error. The pool's own way to find out takes three round trips each time.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _recognise_ended(context: ExceptionContext) -> None:
    # A connection that the server ended a moment ago is not closed yet; what the driver then says SQLAlchemy takes for
    # a fault in the statement. As a disconnect it empties the whole pool.
    shut_down = str(getattr(context.original_exception, "sqlstate", None)).startswith(_OPERATOR_INTERVENTION)
    if shut_down or isinstance(context.original_exception.__cause__, asyncpg.InternalClientError):
        context.is_disconnect = True


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Change a row, or make it. Two who make it at once change it one after the other."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**key, **values)
    if values:
        connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=list(key)))


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver leaves BEGIN to us.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: a job that was acknowledged survives a power cut, not only a crash of the bot.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_LOCKED_SECONDS * 1000:.0f}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: whoever reads in order to write must not find out at the end that he may not.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
