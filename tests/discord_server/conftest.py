"""A stand-in with a small upload limit, and a client for its HTTP side."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.discord_server import DiscordStandIn, Guild
from tests.discord_server.rest_client import Client


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild(upload_limit=1000),)


@pytest.fixture
async def discord(guilds: tuple[Guild, ...]) -> AsyncIterator[DiscordStandIn]:
    """Without the bot, nobody promises alternative texts."""
    async with DiscordStandIn(*guilds) as discord:
        yield discord


@pytest.fixture
async def client(discord: DiscordStandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(discord, session)


@pytest.fixture
def channel(discord: DiscordStandIn) -> str:
    return f"/channels/{discord.guild.channels[0].id}"
