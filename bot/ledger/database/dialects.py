"""The differences between SQLite and PostgreSQL, side by side. The rest of the ledger is the same code for both.

SQLite serves a single process. Its transactions run one after the other, so nothing needs a lock. PostgreSQL serves
many processes: they lock the rows they work on, and NOTIFY tells them about changes.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy import Float, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, AdaptedConnection, Connection, Engine, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.functions import GenericFunction

CHANNEL: Final = "darkroom"
"""The channel for PostgreSQL's LISTEN and NOTIFY."""
_LOCKED_SECONDS: Final = 2.0
"""Discord waits three seconds for an answer, so a locked database has to raise an error before that."""
_OPERATOR_INTERVENTION: Final = "57P"
"""Prefix of PostgreSQL's error codes (SQLSTATE) for a server that is shutting down or starting up."""
_CONNECT_SECONDS: Final = 2.0
_STATEMENT_SECONDS: Final = 20.0

_CONNECTIONS: Final = 8
_HOLDING_CONNECTIONS: Final = 4
MOST_CONNECTIONS: Final = _CONNECTIONS + _HOLDING_CONNECTIONS + 1
"""The most that one process has to PostgreSQL. The last one is for notifications."""

_WAKING: Final = 0x0DA2C203
"""Key of the PostgreSQL advisory lock under which machines are chosen that are woken."""

_SERVER_SETTINGS: Final[Mapping[str, str]] = {
    # Without keepalives, PostgreSQL does not notice that a client's machine has died, and keeps its locks for hours.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "30s",
}
_UNUSED: Final = "60s"
"""When PostgreSQL closes a pooled connection that nothing has used, so that a farm at rest holds few of them."""

_MOST_REWRITTEN: Final = 256 * 2**20
"""Bytes: about a second of work."""
DAY_SECONDS: Final = 86_400.0


class now(GenericFunction[float]):  # noqa: N801 - it reads as the SQL function that it is
    """The database's clock, in seconds since 1970. Machines disagree about the time, and leases must not."""

    type = Float()
    inherit_cache = True
    name = "darkroom_now"


@compiles(now, "sqlite")
def _now_sqlite(*_: object, **__: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(*_: object, **__: object) -> str:
    # Not now(): PostgreSQL freezes that at the start of the transaction.
    return "extract(epoch from clock_timestamp())::double precision"


def database_file(database_url: str) -> Path | None:
    """The file of an SQLite database; None for any other, and for an address that is not valid."""
    try:
        return sqlite_file(make_url(database_url))
    except (ArgumentError, ValueError):
        return None


def is_shared(url: URL) -> bool:
    """Whether other processes may use this database at the same time."""
    return url.get_backend_name() == "postgresql"


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; None if it is in memory, or no SQLite."""
    if is_shared(url) or not url.database or url.database.startswith((":memory:", "file:")):
        return None
    return Path(url.database)


def sqlite_engine(url: URL) -> Engine:
    """An engine with SQLite's single connection, to be used from one thread."""
    # The parameters (prompts and tokens) must not appear in errors. The driver is the synchronous one: aiosqlite hands
    # every call to a thread and back, about thirty times for the transaction that accepts a job.
    # `bot.ledger.database.transactions` runs a whole transaction in its own thread, with a single hand-over.
    engine = create_engine(
        url.set(drivername="sqlite"), pool_size=1, max_overflow=0, poolclass=QueuePool, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def postgresql_pools(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """For most transactions; and for holders of a job's lock, who wait for Discord and must not block the others."""
    most, holding = (
        postgresql_engine(url, connections, _STATEMENT_SECONDS) for connections in (_CONNECTIONS, _HOLDING_CONNECTIONS)
    )
    return most, holding


def postgresql_engine(url: URL, connections: int, statement_seconds: float | None) -> AsyncEngine:
    """An engine with at most this many connections and this time limit per statement. Connects only when needed."""
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        # The one that was used last. With the default, the pool uses all in turn and none is ever unused.
        pool_use_lifo=True,
        pool_timeout=_LOCKED_SECONDS,
        hide_parameters=True,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": statement_seconds,
            "server_settings": {**_SERVER_SETTINGS, "idle_session_timeout": _UNUSED},
        },
    )
    event.listen(engine.sync_engine, "checkout", _replace_closed)
    event.listen(engine.sync_engine, "handle_error", _recognise_ended)
    return engine


def connect_arguments(url: URL, **settings: str) -> dict[str, Any]:
    """Arguments for a direct asyncpg connection (without SQLAlchemy), with additional PostgreSQL `settings`."""
    _, arguments = url.get_dialect()().create_connect_args(url)
    ours = {name: value for name, value in arguments.items() if not name.startswith("prepared_statement_")}
    return {**ours, "server_settings": {**_SERVER_SETTINGS, **settings}}


def lock_user(connection: Connection, user_id: int) -> None:
    """Keep other transactions from checking this user's limits until this one ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(user_id)))


def lock_guild(connection: Connection, guild_id: int) -> None:
    """Keep other transactions from checking what this guild uses until this one ends."""
    if connection.dialect.name == "postgresql":
        # Negative: another key than that of the guild's log, which a transaction may hold while it waits for this one.
        connection.execute(select(func.pg_advisory_xact_lock(-guild_id)))


def lock_log(connection: Connection, guild_id: int) -> None:
    """Keep other transactions from writing to this guild's log until this one ends, so that the entries' numbers are in
    the order in which they become visible.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(guild_id)))


def lock_waking(connection: Connection) -> None:
    """Keep other transactions from deciding which machine is woken until this one ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_WAKING)))


def add_unless_there(connection: Connection, table: Table, **values: object) -> None:
    """Insert a row, unless its key exists already or another process is inserting it at the same moment."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())


def notify(connection: Connection, *news: str) -> None:
    """Notify every process as soon as this transaction is committed."""
    if connection.dialect.name == "postgresql":
        for one in news:
            connection.execute(select(func.pg_notify(CHANNEL, one)))


def _replace_closed(connection: AdaptedConnection, *_: object) -> None:
    # PostgreSQL closes unused connections, and all of them when it restarts. SQLAlchemy's own check (pre-ping) takes
    # three round trips.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _recognise_ended(context: ExceptionContext) -> None:
    # Right after the server ends a connection, it does not look closed yet, and SQLAlchemy mistakes the driver's error
    # for a bad statement. Marking the error as a disconnect empties the whole pool.
    shut_down = str(getattr(context.original_exception, "sqlstate", None)).startswith(_OPERATOR_INTERVENTION)
    if shut_down or isinstance(context.original_exception.__cause__, asyncpg.InternalClientError):
        context.is_disconnect = True


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Update a row, or insert it. If two processes insert it at once, one of them updates the other's row."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**key, **values)
    if values:
        connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=list(key)))


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # None keeps the driver from sending BEGIN. `_begin_sqlite` sends it.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: an acknowledged job survives a power cut, not only a crash of the bot.
    # SECURE_DELETE: what is deleted is overwritten with zeros, not only marked as free.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        f"busy_timeout={_LOCKED_SECONDS * 1000:.0f}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def leave_to_scrub(connection: Connection) -> None:
    """Note in the database, with the transaction, that what it deletes has to be overwritten everywhere."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA user_version = 1")


def scrub_sqlite(cursor: Any) -> None:  # noqa: ANN401 - of SQLAlchemy's or the driver's, which share no type
    """Write the whole database again, and empty the log beside it. Moved rows may have left copies that a deletion does
    not reach. A very large database is only freed of its log, because members wait meanwhile.

    Nothing is done unless something was left to scrub. Raises `sqlite3.Error` if it still is.
    """
    noted, pages, size = (_pragma(cursor, one) for one in ("user_version", "page_count", "page_size"))
    if not noted:
        return
    if pages * size <= _MOST_REWRITTEN:
        cursor.execute("VACUUM")
    if _pragma(cursor, "wal_checkpoint(TRUNCATE)"):
        raise sqlite3.OperationalError("another program reads the database")
    cursor.execute("PRAGMA user_version = 0")


def _pragma(cursor: Any, name: str) -> int:  # noqa: ANN401 - as above
    answer: int = cursor.execute(f"PRAGMA {name}").fetchall()[0][0]
    return answer


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE takes the write lock at once. Otherwise a transaction that reads first could fail at its first write.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
