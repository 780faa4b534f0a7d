"""The stand-in's gateway, spoken to directly."""

import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.discord_server import Channel, DiscordStandIn, Guild, User

alice = User("alice")
GUILDS, GUILD_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 15


class Socket:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket = socket
        self.token = token
        self.stream = zlib.decompressobj()

    async def say(self, op: int, data: object) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def hear(self) -> dict[str, Any]:
        message = await self.socket.receive(timeout=5)
        text = message.data if isinstance(message.data, str) else self.stream.decompress(message.data)
        heard: dict[str, Any] = json.loads(text)
        return heard

    async def closed_with(self) -> int | None:
        message = await self.socket.receive(timeout=5)
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        return self.socket.close_code

    async def identify(self, intents: int = GUILDS, **more: object) -> list[dict[str, Any]]:
        """READY and a guild."""
        await self.say(2, {"token": self.token, "intents": intents, "properties": {}, **more})
        return [await self.hear() for _ in range(2)]


@asynccontextmanager
async def connected(discord: DiscordStandIn, query: str = "") -> AsyncIterator[Socket]:
    environment = discord.environment("client")
    url = f"{environment['DISCORD_STAND_IN']}/gateway?v=10&encoding=json{query}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        speaker = Socket(socket, environment["DISCORD_TOKEN"])
        assert (await speaker.hear())["op"] == 10
        yield speaker


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord


@pytest.mark.parametrize("query", ["", "&compress=zlib-stream", "&compress=zstd-stream"])
async def test_a_session_starts_with_ready_and_its_guilds(discord: DiscordStandIn, query: str) -> None:
    async with connected(discord, query) as socket:
        ready, guild = await socket.identify()
    assert ready["d"]["application"]["id"] == str(discord.bot.id)
    assert ready["d"]["guilds"] == [{"id": str(discord.guild.id), "unavailable": True}]
    assert (guild["t"], guild["s"], guild["d"]["channels"][0]["name"]) == ("GUILD_CREATE", 2, "general")
    assert [one["user"]["username"] for one in guild["d"]["members"]] == ["Darkroom"]


async def test_a_heartbeat_is_acknowledged(discord: DiscordStandIn) -> None:
    async with connected(discord) as socket:
        await socket.say(1, None)
        assert (await socket.hear())["op"] == 11
    assert discord.gateway.heartbeats == 1


async def test_a_privileged_intent_is_a_violation(discord: DiscordStandIn) -> None:
    async with connected(discord) as socket:
        await socket.identify(GUILDS | MESSAGE_CONTENT)
    assert discord.violations == ["IDENTIFY asks for the privileged intent MESSAGE_CONTENT"]
    assert discord.gateway.sessions[0].intents == GUILDS | MESSAGE_CONTENT
    discord.violations.clear()


async def test_a_wrong_token_or_shard_ends_the_connection(discord: DiscordStandIn) -> None:
    async with connected(discord) as socket:
        await socket.say(2, {"token": "another.made-up.token", "intents": 0})
        assert await socket.closed_with() == 4004
    async with connected(discord) as socket:
        await socket.say(2, {"token": socket.token, "intents": 0, "shard": [2, 2]})
        assert await socket.closed_with() == 4010


async def test_a_resumed_session_gets_what_it_missed(discord: DiscordStandIn) -> None:
    async with connected(discord) as socket:
        ready, guild = await socket.identify(GUILDS | GUILD_MESSAGES)
    await discord.until(lambda: not discord.gateway.live())
    await discord.say("missed", user=alice)
    resume = {"token": socket.token, "session_id": ready["d"]["session_id"], "seq": guild["s"]}
    async with connected(discord) as socket:
        await socket.say(6, resume)
        events = [await socket.hear() for _ in range(2)]
    assert [event["t"] for event in events] == ["MESSAGE_CREATE", "RESUMED"]
    # Without the message content intent.
    assert (events[0]["d"]["author"]["username"], events[0]["d"]["content"]) == ("alice", "")


async def test_an_unknown_session_has_to_identify(discord: DiscordStandIn) -> None:
    async with connected(discord) as socket:
        await socket.say(6, {"token": socket.token, "session_id": "made-up", "seq": 1})
        assert await socket.hear() == {"op": 9, "d": False, "s": None, "t": None}


async def test_an_event_goes_to_those_who_asked_for_it(discord: DiscordStandIn) -> None:
    async with connected(discord) as with_messages, connected(discord) as without:
        await with_messages.identify(GUILDS | GUILD_MESSAGES)
        await without.identify(GUILDS)
        message = await discord.say("hello", user=alice)
        discord.delete_message(message)
        discord.delete_channel(discord.guild.channels[0])
        heard = [(await with_messages.hear())["t"] for _ in range(3)]
        assert heard == ["MESSAGE_CREATE", "MESSAGE_DELETE", "CHANNEL_DELETE"]
        assert (await without.hear())["t"] == "CHANNEL_DELETE"


async def test_each_shard_has_its_own_guilds() -> None:
    even, odd = (Guild(str(shard), channels=(Channel("general"),), id=shard << 22) for shard in (2, 3))
    async with DiscordStandIn(even, odd) as discord, connected(discord) as first, connected(discord) as second:
        guilds = [
            (await socket.identify(shard=[number, 2]))[1]["d"]["name"] for number, socket in enumerate((first, second))
        ]
        assert guilds == ["2", "3"]
        await discord.say("hello", user=alice, channel=odd.channels[0])
        discord.delete_channel(odd.channels[0])
        assert (await second.hear())["t"] == "CHANNEL_DELETE"


async def test_members_are_found_by_their_ids(discord: DiscordStandIn) -> None:
    await discord.say("hello", user=alice)
    async with connected(discord) as socket:
        await socket.identify()
        asked = {"guild_id": str(discord.guild.id), "user_ids": [str(alice.id), "1"], "limit": 0, "nonce": "n"}
        await socket.say(8, asked)
        chunk = await socket.hear()
    assert [one["user"]["username"] for one in chunk["d"]["members"]] == ["alice"]
    assert (chunk["d"]["not_found"], chunk["d"]["nonce"]) == (["1"], "n")
