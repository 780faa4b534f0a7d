"""The PostgreSQL that tests use: databases of their own in it, made and dropped at once.

`TEST_DATABASE_URL` names a database that one may enter in order to create others; where it is not set, this machine
is asked.
"""

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
from sqlalchemy.engine import URL, make_url

from bot.ledger.database.dialects import connect_arguments

_THIS_MACHINE: Final = "postgresql+asyncpg://root@127.0.0.1:5432/test"
_CONNECT_SECONDS: Final = 10.0


class NoPostgreSQL(Exception):  # noqa: N818 - it reads as what happened
    """There is no server to test against; its text says why."""


@contextlib.asynccontextmanager
async def fresh_database() -> AsyncIterator[str]:
    """The URL of an empty database, which is dropped afterwards. Raises `NoPostgreSQL`."""
    name = f"darkroom_test_{uuid.uuid4().hex}"
    async with connection() as entrance:
        await entrance.execute(f"CREATE DATABASE {name}")
    try:
        yield _server().set(database=name).render_as_string(hide_password=False)
    finally:
        async with connection() as entrance:
            await entrance.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.asynccontextmanager
async def connection(database_url: str | None = None) -> AsyncIterator[Any]:
    """A connection past the ledger, for tests that look or meddle. Raises `NoPostgreSQL`."""
    url = _server() if database_url is None else make_url(database_url)
    try:
        opened = await asyncpg.connect(**connect_arguments(url), timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise NoPostgreSQL(f"{url.render_as_string()}: {error or type(error).__name__}") from error
    try:
        yield opened
    finally:
        await opened.close()


def why_not() -> str | None:
    """Why there is no server to test against; None: there is one. For callers outside of any event loop."""

    async def knock() -> None:
        async with connection():
            pass

    try:
        asyncio.run(knock())
    except NoPostgreSQL as error:
        return str(error)
    return None


def _server() -> URL:
    return make_url(os.environ.get("TEST_DATABASE_URL") or _THIS_MACHINE)
