"""A pytest plugin: fixtures with a PostgreSQL, and a loud word at the end of a run that had none."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot.ledger import open_ledger
from bot.ledger.database.schema import METADATA
from tests.postgresql import connection, fresh_database, why_not

_missing = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> None:
    """There is a server. Without one a desk skips and CI fails."""
    if (reason := why_not()) is None:
        return
    if "CI" in os.environ:
        pytest.fail(f"no PostgreSQL: {reason}", pytrace=False)
    pytestconfig.stash[_missing] = reason
    pytest.skip("no PostgreSQL: the reason stands at the end")


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


def pytest_sessionfinish(session: pytest.Session) -> None:
    # With several processes the terminal belongs to another one.
    output: dict[str, str] | None = getattr(session.config, "workeroutput", None)
    if output is not None and (reason := session.config.stash.get(_missing, None)) is not None:
        output["no_postgresql"] = reason


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist's
    reason = getattr(node, "workeroutput", {}).get("no_postgresql")
    if reason is not None:
        node.config.stash[_missing] = reason


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reason = config.stash.get(_missing, None)
    if reason is not None:
        terminalreporter.section("NOT TESTED AGAINST PostgreSQL", sep="!", red=True, bold=True)
        terminalreporter.line(reason)
        terminalreporter.line("TEST_DATABASE_URL names one: postgresql+asyncpg://USER:PASSWORD@HOST:5432/DATABASE")
