"""Notices servers that removed the bot while it was not connected: no event of the gateway says so afterwards."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
import discord

from bot.ledger import Ledger, poll

log = logging.getLogger(__name__)

_RETRY_SECONDS: Final = 60.0
_ANSWER_SECONDS: Final = 10.0
_UNKNOWN_GUILD: Final = 10004
_MISSING_ACCESS: Final = 50001
"""Discord's error codes for a guild that is gone, and for one where the bot is not. A 404 or 403 without them may come
from anything between."""


class LeftGuilds:
    """Calls `left` with each guild that has jobs in the queue, although Discord doesn't list it when a shard begins,
    and says that the bot is not there. A guild where the bot never saw the channel of a job doesn't count: a server can
    also add the commands without the bot.
    """

    def __init__(self, client: discord.Client, ledger: Ledger, left: Callable[[int], Awaitable[None]]) -> None:
        self._client = client
        self._ledger = ledger
        self._left = left
        self._listed: dict[int, frozenset[int]] = {}
        """The guilds of each shard whose list was not compared with the queue yet."""
        self._bell = asyncio.Event()

    def listed(self, shard_id: int, guild_ids: frozenset[int]) -> None:
        """Discord has said which guilds this shard has."""
        self._listed[shard_id] = guild_ids
        self._bell.set()

    async def run(self) -> None:
        """Look at each shard when it begins, until cancelled. What Discord doesn't answer is asked again."""
        await poll(self._look, _RETRY_SECONDS, "could not look for servers that removed the bot", bell=self._new_bell)

    def _new_bell(self) -> asyncio.Event:
        self._bell = asyncio.Event()
        return self._bell

    async def _look(self) -> None:
        try:
            await self._compare()
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
            log.warning("Discord does not say which servers removed the bot: %s", fault)

    async def _compare(self) -> None:
        lists, count = dict(self._listed), self._client.shard_count or 1
        if not lists:
            return
        for guild_id in await self._ledger.guilds_with_jobs():
            # The guilds of other shards are in the lists of other processes, perhaps.
            mine = lists.get((guild_id >> 22) % count)
            if mine is not None and guild_id not in mine and await self._is_gone(guild_id):
                await self._left(guild_id)
        for shard_id, guild_ids in lists.items():
            if self._listed.get(shard_id) is guild_ids:
                del self._listed[shard_id]

    async def _is_gone(self, guild_id: int) -> bool:
        """Whether Discord says that the bot is not in this guild. Raises discord.py's and aiohttp's errors if it says
        nothing.
        """
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._client.fetch_guild(guild_id, with_counts=False)
        except (discord.NotFound, discord.Forbidden) as fault:
            return fault.code in {_UNKNOWN_GUILD, _MISSING_ACCESS}
        return False
