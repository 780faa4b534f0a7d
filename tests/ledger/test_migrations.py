"""The migrations lead to exactly the tables that the code works with, and a newer database is left alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from bot.errors import LedgerTooNew
from bot.ledger import open_ledger
from bot.ledger.database.schema import METADATA
from bot.ledger.database.transactions import Database
from bot.ledger.database.upgrades import HEAD
from tests.ledger.orders import look, submit, url_of


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that no ledger has seen yet."""
    url: str = url_of(tmp_path) if request.param == "sqlite" else request.getfixturevalue("empty_postgresql_url")
    return url


@pytest.fixture
async def database(new_url: str) -> AsyncIterator[Database]:
    database = await Database.open(new_url)
    yield database
    await database.close()


async def test_the_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)

    assert await database.transaction(differences, seconds=60) == []


async def test_the_newest_migration_is_the_one_that_a_start_looks_for(new_url: str, database: Database) -> None:
    """Otherwise every start would copy the database and upgrade it again."""
    assert await look(new_url, "SELECT version_num FROM alembic_version") == [(HEAD,)]


async def test_partial_indexes_cover_the_same_rows(new_url: str, database: Database) -> None:
    """Alembic does not compare the conditions of indexes: the databases' own words do."""
    migrated = await conditions(new_url)
    assert migrated
    await database.transaction(METADATA.drop_all, seconds=60)
    await database.transaction(METADATA.create_all, seconds=60)
    assert await conditions(new_url) == migrated


async def conditions(url: str) -> dict[str, str]:
    statement = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'jobs' AND indexdef LIKE '%WHERE%'"
        if url.startswith("postgresql")
        else "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'jobs' AND sql LIKE '% WHERE %'"
    )
    return {
        name: definition.partition("WHERE")[2].replace("jobs.", "") for name, definition in await look(url, statement)
    }


async def test_a_database_that_is_up_to_date_is_opened_as_it_is(new_url: str) -> None:
    for number in (1, 2):
        ledger = await open_ledger(new_url)
        await submit(ledger)
        assert len(await ledger.line(10)) == number
        await ledger.close()


async def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(new_url: str) -> None:
    await (await open_ledger(new_url)).close()
    await look(new_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerTooNew) as refused:
        await open_ledger(new_url)
    assert refused.value.revision == "9999"
    assert await look(new_url, "SELECT version_num FROM alembic_version") == [("9999",)]
