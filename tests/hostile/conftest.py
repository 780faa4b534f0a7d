"""A Discord, and an address that nobody should ask."""

from collections.abc import AsyncIterator

import pytest

from tests.hostile.studio import Elsewhere, elsewhere


@pytest.fixture
async def other() -> AsyncIterator[Elsewhere]:
    async with elsewhere() as other:
        yield other
