"""Asks Discord whether the bot shares a server with a member: the bot lacks the members intent, so it can't know."""

import asyncio
import logging
from typing import Final

import aiohttp
import discord

from bot.discord_internals import rest

log = logging.getLogger(__name__)

_ANSWER_SECONDS: Final = 1.5
"""How long to wait for Discord, which expects the interaction's answer within three seconds."""
_KEPT_SECONDS: Final = 60.0
"""How long an answer counts: a member can leave a server and join it again."""
_MOST_KEPT: Final = 1000
_MEMBER: Final = "/guilds/{guild_id}/members/{user_id}"
_MISSING_ACCESS: Final = 50001
_UNKNOWN: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


class SharedServers:
    """Answers about members that were asked for a moment ago are remembered."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._known: dict[tuple[int, int], tuple[float, bool]] = {}

    async def share(self, guild_id: int, user_id: int) -> bool:
        """Whether both the bot and the member are in this guild. True if Discord does not say: a block then counts."""
        clock = asyncio.get_running_loop().time
        until, known = self._known.get((guild_id, user_id), (0.0, True))
        if clock() < until:
            return known
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                # A guild of another process's shards is not in this one's cache, so Discord itself has to say.
                await rest(self._client, _MEMBER, guild_id=guild_id, user_id=user_id)
            found = True
        except _UNKNOWN as fault:
            if not _says_no(fault):
                log.info("it is not known whether user %d is in guild %d: %s", user_id, guild_id, fault)
                return True
            found = False
        while len(self._known) >= _MOST_KEPT:
            del self._known[next(iter(self._known))]
        self._known[guild_id, user_id] = clock() + _KEPT_SECONDS, found
        return found


def _says_no(fault: BaseException) -> bool:
    """Whether Discord says that the member or the bot is not in the guild."""
    left = isinstance(fault, discord.Forbidden) and fault.code == _MISSING_ACCESS
    return isinstance(fault, discord.NotFound) or left
