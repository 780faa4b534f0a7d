"""A ledger for each test, on both engines: what holds on SQLite holds on PostgreSQL."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.ledger import Ledger
from tests.ledger.orders import ledger_file, url_of
from tests.ledgers import lay_ledger, open_patiently

Opening = Callable[..., Awaitable[Ledger]]


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without jobs."""
    if request.param == "postgresql":
        shared: str = request.getfixturevalue("postgresql_url")
        return shared
    lay_ledger(ledger_file(tmp_path))
    return url_of(tmp_path)


@pytest.fixture
async def opening(ledger_url: str) -> AsyncIterator[Opening]:
    """Opens the test's database once more, as another process would."""
    async with contextlib.AsyncExitStack() as stack:

        async def another(lease_seconds: float | None = None) -> Ledger:
            ledger = await open_patiently(ledger_url, lease_seconds)
            stack.push_async_callback(ledger.close)
            return ledger

        yield another


@pytest.fixture
async def ledger(opening: Opening) -> Ledger:
    return await opening()
