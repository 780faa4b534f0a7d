"""Asks Discord about the bot over REST only: no gateway connection, no privileged intent."""

import asyncio
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import discord

from bot.discord_internals import rest, rest_address, why_no_answer
from bot.doctor.discord_checks import (
    Application,
    Channel,
    DiscordFacts,
    Gateway,
    Guild,
    NoDiscord,
    Overwrite,
)

_SECONDS: Final = 60.0
"""For all requests together: a bot in many servers may have to wait for Discord's rate limits."""
_MOST_GUILDS: Final = 50
_PAGE: Final = 200
_AT_ONCE: Final = 4
_WRITABLE: Final = frozenset(
    {
        discord.ChannelType.text,
        discord.ChannelType.news,
        discord.ChannelType.voice,
        discord.ChannelType.stage_voice,
        discord.ChannelType.forum,
        discord.ChannelType.media,
    }
)
"""Channels where members can type commands, in the channel itself or in its threads."""


async def ask_discord(token: str) -> DiscordFacts | NoDiscord:
    """Everything that the checks need. Failed requests become a `NoDiscord`, not an exception."""
    if not token:
        return NoDiscord("missing")
    try:
        async with (
            asyncio.timeout(_SECONDS),
            discord.Client(intents=discord.Intents.none(), max_messages=None) as client,
        ):
            await client.login(token)
            return await _facts(client)
    except discord.LoginFailure:
        return NoDiscord("refused")
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
        return NoDiscord("unreachable", why_no_answer(fault))


async def discord_clock(session: aiohttp.ClientSession) -> float | None:
    """Seconds that this machine's clock is ahead of Discord's, give or take one; None: Discord did not say."""
    try:
        async with asyncio.timeout(10), session.get(f"{rest_address()}/gateway") as response:
            told = response.headers["Date"]
        # Discord cuts off fractions of a second, half a second on average.
        return time.time() - (parsedate_to_datetime(told).timestamp() + 0.5)
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return None


async def _facts(client: discord.Client) -> DiscordFacts:
    assert client.user is not None  # noqa: S101 - it has logged in
    told = await rest(client, "/oauth2/applications/@me")
    gateway = await rest(client, "/gateway/bot")
    listed: list[Any] = []
    while page := await rest(client, "/users/@me/guilds", params=_page_after(listed)):
        listed += page
        if len(page) < _PAGE:
            break
    gate = asyncio.Semaphore(_AT_ONCE)
    guilds = await asyncio.gather(*(_guild(client, one, gate) for one in listed[:_MOST_GUILDS]))
    return DiscordFacts(
        bot_id=client.user.id,
        application=Application(
            id=int(told["id"]),
            name=told["name"],
            flags=told.get("flags", 0),
            public=told.get("bot_public", True),
            code_grant=told.get("bot_require_code_grant", False),
            interactions_url=told.get("interactions_endpoint_url"),
        ),
        gateway=Gateway(gateway["shards"], gateway["session_start_limit"]["remaining"]),
        guilds=tuple(guilds),
        guilds_left=max(0, len(listed) - _MOST_GUILDS),
    )


def _page_after(listed: Sequence[Any]) -> dict[str, object]:
    return {"limit": _PAGE, **({"after": listed[-1]["id"]} if listed else {})}


async def _guild(client: discord.Client, told: Any, gate: asyncio.Semaphore) -> Guild:  # noqa: ANN401 - Discord's JSON
    guild_id, name, permissions = int(told["id"]), told["name"], int(told["permissions"])
    assert client.user is not None  # noqa: S101 - it has logged in
    try:
        async with gate:
            path = "/guilds/{guild_id}"
            member = await rest(client, f"{path}/members/{{id}}", guild_id=guild_id, id=client.user.id)
            channels = await rest(client, f"{path}/channels", guild_id=guild_id)
    except discord.HTTPException as fault:
        return Guild(guild_id, name, permissions, (), (), fault.text or str(fault.status))
    return Guild(
        guild_id,
        name,
        permissions,
        tuple(map(int, member["roles"])),
        tuple(_channel(one) for one in channels if one["type"] in {kind.value for kind in _WRITABLE}),
    )


def _channel(told: Any) -> Channel:  # noqa: ANN401 - Discord's JSON
    return Channel(
        told["name"],
        {int(one["id"]): Overwrite(int(one["allow"]), int(one["deny"])) for one in told["permission_overwrites"]},
    )
