"""Channels that rules name and that somebody has deleted: nobody can pick one in a command any more."""

import asyncio
from collections.abc import Iterable
from typing import Final

import aiohttp
import discord

from bot.discord_ui.bot import Darkroom

_SECONDS: Final = 10.0
"""How long Discord may take to say which of them there are."""
_MOST_ASKED: Final = 25
"""Channels that Discord is asked about for one command. Archived threads are not in the cache, either."""


async def deleted_channels(bot: Darkroom, guild_id: int, channel_ids: Iterable[int]) -> frozenset[int]:
    """Those of the channels that Discord says don't exist. Where it doesn't answer, they count as existing."""
    guild = bot.get_guild(guild_id)
    if guild is None:
        return frozenset()
    unknown = [one for one in channel_ids if guild.get_channel_or_thread(one) is None][:_MOST_ASKED]
    found: set[int] = set()
    try:
        async with asyncio.timeout(_SECONDS):
            for channel_id in unknown:
                if await _is_deleted(bot, channel_id):
                    found.add(channel_id)
    except TimeoutError:
        pass
    return frozenset(found)


async def _is_deleted(bot: Darkroom, channel_id: int) -> bool:
    try:
        await bot.fetch_channel(channel_id)
    except discord.NotFound:
        return True
    except (discord.HTTPException, discord.InvalidData, aiohttp.ClientError, OSError):
        pass
    return False
