"""What members are called in a server, for texts where a mention would show as a number, such as suggestions.

Without the privileged intent for members, Discord tells members only by their ids: over the gateway, up to 100 at once.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final

import aiohttp
import discord

log = logging.getLogger(__name__)

_ANSWER_SECONDS: Final = 1.5
"""How long to wait for Discord, which expects suggestions within three seconds."""
_KEPT_SECONDS: Final = 300.0
"""How long a name counts: members change theirs. While somebody types, each letter asks for suggestions."""
_MOST_ASKED: Final = 100
_MOST_KEPT: Final = 5000


class MemberNames:
    """Names that were asked for a moment ago are remembered."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._known: dict[tuple[int, int], tuple[float, str | None]] = {}

    async def of(self, guild_id: int, user_ids: Iterable[int]) -> Mapping[int, str]:
        """The names of these members, as their server sees them. Without those that have left, and those that Discord
        does not tell in time.
        """
        guild, now = self._client.get_guild(guild_id), asyncio.get_running_loop().time()
        wanted = list(dict.fromkeys(user_ids))
        unknown = [one for one in wanted if self._known.get((guild_id, one), (0.0, None))[0] <= now][:_MOST_ASKED]
        if guild is not None and unknown:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    members = await guild.query_members(user_ids=unknown, cache=False)
            except (discord.DiscordException, RuntimeError, aiohttp.ClientError, OSError, TimeoutError) as fault:
                log.info("guild %d: Discord does not say what its members are called: %s", guild_id, fault)
            else:
                self._remember(guild_id, dict.fromkeys(unknown) | {one.id: one.display_name for one in members}, now)
        found = {one: self._known.get((guild_id, one), (0.0, None))[1] for one in wanted}
        return {user_id: name for user_id, name in found.items() if name is not None}

    def _remember(self, guild_id: int, names: Mapping[int, str | None], now: float) -> None:
        for user_id, name in names.items():
            self._known.pop((guild_id, user_id), None)
            self._known[guild_id, user_id] = now + _KEPT_SECONDS, name
        while len(self._known) > _MOST_KEPT:
            del self._known[next(iter(self._known))]
