"""A pytest plugin: fixtures with a PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.ledger import open_ledger
from bot.ledger.database.schema import METADATA
from tests.absent import is_absent
from tests.postgresql import connection, fresh_database, why_not

_NAMED = "TEST_DATABASE_URL names one: postgresql+asyncpg://USER:PASSWORD@HOST:5432/DATABASE"


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> None:
    """There is a server. Without one a desk skips and CI fails."""
    if (reason := why_not()) is not None:
        is_absent(pytestconfig, "PostgreSQL", f"{reason}\n{_NAMED}")


@pytest.fixture
async def empty_postgresql_url(postgresql: None) -> AsyncIterator[str]:
    """A database of the test's own, without tables."""
    async with fresh_database() as url:
        yield url


@pytest.fixture
async def postgresql_url(_migrated_url: str) -> str:
    """A database with empty tables, up to date. Tests share it one after the other: much faster than one each."""
    emptying = "".join(f"DELETE FROM {table.name};" for table in METADATA.sorted_tables)  # noqa: S608 - our own names
    async with connection(_migrated_url) as past_the_ledger:
        await past_the_ledger.execute(emptying)
    return _migrated_url


@pytest.fixture(scope="session")
def _migrated_url(postgresql: None) -> Iterator[str]:
    with asyncio.Runner() as runner:
        database = fresh_database()
        url = runner.run(database.__aenter__())

        async def migrate() -> None:
            await (await open_ledger(url)).close()

        runner.run(migrate())
        yield url
        runner.run(database.__aexit__(None, None, None))
