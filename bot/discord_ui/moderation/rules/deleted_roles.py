"""Roles that limits name and that somebody has deleted: nobody can pick one in a command any more."""

import asyncio
from collections.abc import Iterable
from typing import Final

import aiohttp
import discord

from bot.discord_ui.bot import Darkroom

_SECONDS: Final = 10.0
"""How long Discord may take to say which roles there are."""


async def deleted_roles(bot: Darkroom, guild_id: int, role_ids: Iterable[int]) -> frozenset[int]:
    """Those of the roles that Discord says don't exist. Where it doesn't answer, they count as existing."""
    guild = bot.get_guild(guild_id)
    if guild is None:
        return frozenset()
    unknown = frozenset(one for one in role_ids if guild.get_role(one) is None)
    if not unknown:
        return frozenset()
    try:
        async with asyncio.timeout(_SECONDS):
            return unknown - {role.id for role in await guild.fetch_roles()}
    except (discord.HTTPException, discord.InvalidData, aiohttp.ClientError, OSError, TimeoutError):
        return frozenset()
