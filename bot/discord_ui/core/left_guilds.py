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
_MISSING_ACCESS: Final = 50001
_TROUBLE: Final = "could not look for servers that removed the bot"


class LeftGuilds:
    """Calls `left` with each guild that has jobs in the queue, although Discord doesn't list it when a shard begins,
    and says that the bot is not there. A guild where the bot never saw the channel of a job doesn't count: a server can
    also add the commands without the bot.
    """

    def __init__(self, client: discord.Client, ledger: Ledger, left: Callable[[int], Awaitable[None]]) -> None:
        self._client = client
        self._ledger = ledger
        self._left = left
        self._begun: set[int] = set()
        """Shards whose list of guilds was not compared with the queue yet."""
        self._bell = asyncio.Event()

    def shard_begun(self, shard_id: int) -> None:
        """Discord has sent this shard's list of guilds."""
        self._begun.add(shard_id)
        self._bell.set()

    async def run(self) -> None:
        """Look at each shard when it begins, until cancelled. What Discord doesn't answer is asked again."""
        await poll(self._look, _RETRY_SECONDS, _TROUBLE, bell=self._new_bell)

    def _new_bell(self) -> asyncio.Event:
        self._bell = asyncio.Event()
        return self._bell

    async def _look(self) -> None:
        try:
            await self._compare()
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
            log.warning("%s: %s", _TROUBLE, fault)

    async def _compare(self) -> None:
        shards, count = frozenset(self._begun), self._client.shard_count
        if not shards or count is None:
            return
        for guild_id in await self._ledger.guilds_with_jobs():
            # The guilds of other shards are in the lists of other processes, perhaps.
            mine = (guild_id >> 22) % count in shards
            if mine and self._client.get_guild(guild_id) is None and await self._is_gone(guild_id):
                await self._left(guild_id)
        self._begun -= shards

    async def _is_gone(self, guild_id: int) -> bool:
        """Whether Discord says that the bot is not in this guild. Raises discord.py's and aiohttp's errors if it says
        nothing.
        """
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._client.fetch_guild(guild_id, with_counts=False)
        except discord.NotFound:
            return True
        except discord.Forbidden as fault:
            return fault.code == _MISSING_ACCESS
        return False
