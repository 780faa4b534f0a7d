"""Who may use a command, if server admins have changed it (*Server Settings*, *Integrations*).

Discord enforces this for commands only. Buttons and forms that belong to a command need the same check, so the bot
asks Discord for the overwrites. Overwrites for channels are ignored: they say where a command may be typed.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord

from bot.discord_internals import rest, role_ids

log = logging.getLogger(__name__)

_ROLE, _USER = 1, 2
_PERMISSIONS: Final = "/applications/{id}/guilds/{guild_id}/commands/permissions"
_KEPT_SECONDS: Final = 600.0
"""Discord announces every change, but an announcement can be missed."""
_RETRY_SECONDS: Final = 60.0
"""Until the next request after one that failed."""
_WAIT_SECONDS: Final = 1.0
"""How long an interaction waits for the overwrites. Discord expects its answer within three seconds."""
_ANSWER_SECONDS: Final = 20.0
"""How long Discord may take to return the overwrites."""
_UNAVAILABLE: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Whether a role or a user may use a command; `type` is Discord's number, 1 for a role and 2 for a user."""

    id: int
    type: int
    allowed: bool


Overwrites = Mapping[int, Sequence[Overwrite]]
"""A guild's overwrites by command id. Those under the application's id apply to commands without their own."""


def verdict(
    overwrites: Overwrites, command_id: int, application_id: int, guild_id: int, user_id: int, role_ids: Collection[int]
) -> bool | None:
    """Whether the overwrites let a member use a command; None if no overwrite concerns them.

    An overwrite for the member decides first, then those for their roles (one that allows is enough), then the one
    for everybody. Overwrites of the whole application can only deny: the command's default permission still applies.
    """
    if own := overwrites.get(command_id):
        return _decision(own, guild_id, user_id, role_ids)
    general = _decision(overwrites.get(application_id, ()), guild_id, user_id, role_ids)
    return False if general is False else None


def _decision(overwrites: Sequence[Overwrite], guild_id: int, user_id: int, role_ids: Collection[int]) -> bool | None:
    of_user = [one.allowed for one in overwrites if one.type == _USER and one.id == user_id]
    of_roles = [one.allowed for one in overwrites if one.type == _ROLE and one.id in role_ids and one.id != guild_id]
    of_all = [one.allowed for one in overwrites if one.type == _ROLE and one.id == guild_id]
    return next((any(found) for found in (of_user, of_roles, of_all) if found), None)


class CommandPermissions:
    """The overwrites of each guild, fetched once and again after a change."""

    def __init__(self, client: discord.Client, id_of: Callable[[str, int | None], int | None]) -> None:
        self._client = client
        self._id_of = id_of
        self._known: dict[int, tuple[float, Overwrites]] = {}
        self._requests: dict[int, asyncio.Task[None]] = {}

    async def says(self, command: str, interaction: discord.Interaction[Any]) -> bool | None:
        """Whether overwrites let the member use this command here. None if no overwrite concerns them, or if Discord
        does not answer in time.
        """
        guild_id = interaction.guild_id
        command_id = self._id_of(command, guild_id)
        if guild_id is None or command_id is None:
            return None
        overwrites = await self._overwrites(guild_id)
        user = interaction.user
        return verdict(overwrites, command_id, interaction.application_id, guild_id, user.id, role_ids(user))

    async def says_of_roles(self, command: str, guild_id: int, roles: Collection[int]) -> Mapping[int, bool | None]:
        """The same for members who have one of these roles and no other, by the role's id."""
        command_id, application_id = self._id_of(command, guild_id), self._client.application_id
        if command_id is None or application_id is None:
            return dict.fromkeys(roles)
        overwrites = await self._overwrites(guild_id)
        return {role: verdict(overwrites, command_id, application_id, guild_id, 0, {role}) for role in roles}

    def forget(self, guild_id: int) -> None:
        """Fetch a guild's overwrites again: an admin has changed them."""
        self._known.pop(guild_id, None)
        # A request on its way may still return the old overwrites.
        self._requests.pop(guild_id, None)

    async def close(self) -> None:
        """Cancel the requests that are on their way."""
        requests = [*self._requests.values()]
        for task in requests:
            task.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    async def _overwrites(self, guild_id: int) -> Overwrites:
        until, overwrites = self._known.get(guild_id, (-math.inf, {}))
        if asyncio.get_running_loop().time() < until:
            return overwrites
        if guild_id not in self._requests:
            task = asyncio.create_task(self._fetch(guild_id), name=f"command permissions of {guild_id}")
            self._requests[guild_id] = task
        await asyncio.wait([self._requests[guild_id]], timeout=_WAIT_SECONDS)
        return self._known.get(guild_id, (until, overwrites))[1]

    async def _fetch(self, guild_id: int) -> None:
        application_id = self._client.application_id
        assert application_id is not None  # noqa: S101 - the client has logged in
        kept = _KEPT_SECONDS
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                answer = await rest(self._client, _PERMISSIONS, id=application_id, guild_id=guild_id)
            found = {int(one["id"]): [_overwrite(each) for each in one["permissions"]] for one in answer}
        except (*_UNAVAILABLE, KeyError, TypeError, ValueError) as fault:
            log.info("guild %d: could not read the command permissions: %s", guild_id, fault)
            found, kept = {}, _RETRY_SECONDS
        if self._requests.get(guild_id) is asyncio.current_task():
            del self._requests[guild_id]
            self._known[guild_id] = asyncio.get_running_loop().time() + kept, found


def _overwrite(sent: Mapping[str, Any]) -> Overwrite:
    return Overwrite(int(sent["id"]), int(sent["type"]), bool(sent["permission"]))
