"""The tables carry two neighbouring versions of the program at once, so that a new one can be rolled out while the old
one still runs: upgrades only add, a version starts with tables that the next one has upgraded, and the statements of
the oldest version that may run beside this one, which `recording` has written down, run in them.
"""

import ast
from pathlib import Path

import pytest
from sqlalchemy import MetaData
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.errors import LedgerTooNew
from bot.ledger import inspect_ledger, open_ledger
from bot.ledger.database.transactions import Database
from bot.ledger.database.upgrades import HEAD, OLDEST
from bot.ledger.migrations import versions
from tests.ledger import recording
from tests.ledger.older import make_at
from tests.ledger.orders import claims, look, submit, url_of

ADDING = {"create_table", "create_index", "drop_index", "add_column", "batch_alter_table", "get_bind"}
"""What a migration may ask of Alembic, and of what that answers. Without an index a version is slower, and still right.
"""
NEXT = "9999"
"""The newest migration of the next version."""


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that no ledger has seen yet."""
    url: str = url_of(tmp_path) if request.param == "sqlite" else request.getfixturevalue("empty_postgresql_url")
    return url


async def tables(url: str) -> MetaData:
    """The tables as the database describes them."""
    found = MetaData()

    database = Database.at(url)
    try:
        await database.transaction(found.reflect, seconds=60)
    finally:
        await database.close()
    return found


async def refused(url: str, revision: str) -> list[str]:
    """Which of that version's statements these tables refuse, and why."""
    faults = []
    database = Database.at(url)

    def attempt(connection: Connection, statement: str, values: recording.Values) -> None:
        with connection.begin_nested() as savepoint:
            try:
                recording.attempt(connection, statement, values)
            except DBAPIError as fault:
                faults.append(f"{fault.orig}: {statement}")
            savepoint.rollback()

    def attempt_all(connection: Connection) -> None:
        for statement, values in recording.read(revision, connection.dialect.name):
            attempt(connection, statement, values)

    try:
        await database.transaction(attempt_all, seconds=60)
    finally:
        await database.close()
    return faults


async def test_the_statements_of_the_oldest_version_beside_this_one_still_run(new_url: str) -> None:
    await (await open_ledger(new_url)).close()
    assert await refused(new_url, OLDEST) == []


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE costs",
        "ALTER TABLE guilds DROP COLUMN log_days",
        "ALTER TABLE jobs RENAME COLUMN overtaken TO passed_by",
        "ALTER TABLE reports ADD COLUMN why VARCHAR CHECK (why IS NOT NULL)",
        "ALTER TABLE reports ALTER COLUMN user_id TYPE VARCHAR",
        "ALTER TABLE jobs ALTER COLUMN message_id SET NOT NULL",
    ],
)
async def test_tables_that_lack_or_refuse_something_are_found(empty_postgresql_url: str, change: str) -> None:
    await (await open_ledger(empty_postgresql_url)).close()
    await look(empty_postgresql_url, change)
    assert await refused(empty_postgresql_url, OLDEST)


async def test_what_the_oldest_version_beside_this_one_writes_and_reads_is_still_there(new_url: str) -> None:
    await make_at(new_url, OLDEST)
    before = await tables(new_url)
    await (await open_ledger(new_url)).close()
    after = await tables(new_url)
    for name, table in before.tables.items():
        now = after.tables[name]
        for column in table.columns:
            same = now.columns[column.name]
            assert str(same.type) == str(column.type), f"{name}.{column.name} has another type"
            assert same.nullable or not column.nullable, f"{name}.{column.name} no longer takes NULL"
        for column in now.columns:
            has_value = column.nullable or column.server_default is not None
            assert column.name in table.columns or has_value, f"{name}.{column.name} needs a value"
        stricter = {index.name for index in now.indexes if index.unique} - {index.name for index in table.indexes}
        assert not stricter, f"{name}: {stricter} refuse rows that were allowed"


def test_upgrades_since_then_only_add() -> None:
    """What cannot be seen in the tables: an upgrade that changes rows under the other version."""
    newer = 0
    for path in sorted(Path(versions.__path__[0]).glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        if str(named.get("revision", "")) <= OLDEST:
            continue
        newer += 1
        asked = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "sa")
        }
        assert asked <= ADDING, f"{path.name}: {sorted(asked - ADDING)}"
    assert newer or str(OLDEST) == HEAD


async def upgraded_by_the_next_version(url: str, oldest: str) -> None:
    """A ledger of this version, as a program of the next one leaves it."""
    await (await open_ledger(url)).close()
    for statement in (
        "ALTER TABLE jobs ADD COLUMN of_the_next INTEGER DEFAULT 7 NOT NULL",
        "CREATE TABLE of_the_next (id INTEGER PRIMARY KEY)",
        f"UPDATE alembic_version SET version_num = '{NEXT}'",  # noqa: S608 - our own words
        f"UPDATE compatibility SET revision = '{NEXT}', oldest = '{oldest}'",  # noqa: S608
    ):
        await look(url, statement)


async def test_this_version_starts_with_tables_that_the_next_one_has_upgraded(new_url: str) -> None:
    await upgraded_by_the_next_version(new_url, HEAD)
    facts = await inspect_ledger(new_url)
    assert (facts.known, facts.copy) == (True, None)
    ledger = await open_ledger(new_url)
    (job,) = await submit(ledger)
    assert await claims(ledger) == [job.id]
    await ledger.close()
    assert await look(new_url, "SELECT version_num FROM alembic_version") == [(NEXT,)]
    assert await look(new_url, "SELECT of_the_next FROM jobs") == [(7,)]


async def test_a_version_that_is_too_old_for_them_does_not_start(new_url: str) -> None:
    await upgraded_by_the_next_version(new_url, NEXT)
    assert not (await inspect_ledger(new_url)).known
    with pytest.raises(LedgerTooNew):
        await open_ledger(new_url)
