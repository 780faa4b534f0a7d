"""Both stand-ins, fresh for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.discord_server import DiscordStandIn


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord
