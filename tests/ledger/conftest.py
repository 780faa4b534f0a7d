"""A ledger on a file of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ledger import Ledger, open_ledger
from tests.ledger.orders import url_of


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = await open_ledger(url_of(tmp_path))
    yield ledger
    await ledger.close()
