"""A Discord, and an address that nobody should ask."""

from collections.abc import AsyncIterator

import pytest

from tests.discord_server import DiscordStandIn
from tests.hostile.studio import Elsewhere, elsewhere


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord


@pytest.fixture
async def other() -> AsyncIterator[Elsewhere]:
    async with elsewhere() as other:
        yield other
