"""Commands that server admins have given to others, or taken away (*Server Settings*, *Integrations*).

Discord holds commands to that itself; for the buttons and forms that belong to a command it has to be asked. Where a
command may be typed is no matter of theirs: channels are not looked at.
"""

from __future__ import annotations

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
"""Discord tells of every change; that it told is not certain."""
_RETRY_SECONDS: Final = 60.0
_WAIT_SECONDS: Final = 1.0
"""Of the three in which Discord wants an answer."""
_ANSWER_SECONDS: Final = 20.0
_UNTOLD: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Whether a role or a user (`type` as Discord counts them) may use a command."""

    id: int
    type: int
    allowed: bool


Overwrites = Mapping[int, Sequence[Overwrite]]
"""A guild's, by the command's id; those under the application's id are for commands that have none."""


def verdict(
    overwrites: Overwrites, command_id: int, application_id: int, guild_id: int, user_id: int, role_ids: Collection[int]
) -> bool | None:
    """Whether a member may use a command by what admins have said; None: they have said nothing of him.

    A word about the member himself goes before one about his roles, of which one that allows is enough, and that
    before one about everybody. One about the whole application only takes away: what a command asks for by default
    holds nevertheless.
    """
    if own := overwrites.get(command_id):
        return _said(own, guild_id, user_id, role_ids)
    said = _said(overwrites.get(application_id, ()), guild_id, user_id, role_ids)
    return False if said is False else None


def _said(said: Sequence[Overwrite], guild_id: int, user_id: int, role_ids: Collection[int]) -> bool | None:
    of_user = [one.allowed for one in said if one.type == _USER and one.id == user_id]
    of_roles = [one.allowed for one in said if one.type == _ROLE and one.id in role_ids and one.id != guild_id]
    of_all = [one.allowed for one in said if one.type == _ROLE and one.id == guild_id]
    return next((any(found) for found in (of_user, of_roles, of_all) if found), None)


class CommandPermissions:
    """What admins have said in each guild, as Discord has it: asked for once, and again when it changes."""

    def __init__(self, client: discord.Client, id_of: Callable[[str, int | None], int | None]) -> None:
        self._client = client
        self._id_of = id_of
        self._known: dict[int, tuple[float, Overwrites]] = {}
        self._asking: dict[int, asyncio.Task[None]] = {}

    async def says(self, command: str, interaction: discord.Interaction[Any]) -> bool | None:
        """Whether the member may use this command here; None: admins have said nothing of him, or Discord does not
        tell in time.
        """
        guild_id = interaction.guild_id
        command_id = self._id_of(command, guild_id)
        if guild_id is None or command_id is None:
            return None
        overwrites = await self._of(guild_id)
        user = interaction.user
        return verdict(overwrites, command_id, interaction.application_id, guild_id, user.id, role_ids(user))

    def forget(self, guild_id: int) -> None:
        """An admin has changed something."""
        self._known.pop(guild_id, None)
        # What is being asked may be what was before.
        self._asking.pop(guild_id, None)

    async def close(self) -> None:
        """Nobody waits for an answer any more."""
        asking = [*self._asking.values()]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _of(self, guild_id: int) -> Overwrites:
        until, overwrites = self._known.get(guild_id, (-math.inf, {}))
        if asyncio.get_running_loop().time() < until:
            return overwrites
        if guild_id not in self._asking:
            task = asyncio.create_task(self._ask(guild_id), name=f"command permissions of {guild_id}")
            self._asking[guild_id] = task
        await asyncio.wait([self._asking[guild_id]], timeout=_WAIT_SECONDS)
        return self._known.get(guild_id, (until, overwrites))[1]

    async def _ask(self, guild_id: int) -> None:
        application_id = self._client.application_id
        assert application_id is not None  # noqa: S101 - it has logged in
        kept = _KEPT_SECONDS
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                told = await rest(self._client, _PERMISSIONS, id=application_id, guild_id=guild_id)
            found = {int(one["id"]): [_overwrite(each) for each in one["permissions"]] for one in told}
        except (*_UNTOLD, KeyError, TypeError, ValueError) as fault:
            log.info("guild %d: could not read the command permissions: %s", guild_id, fault)
            found, kept = {}, _RETRY_SECONDS
        if self._asking.get(guild_id) is asyncio.current_task():
            del self._asking[guild_id]
            self._known[guild_id] = asyncio.get_running_loop().time() + kept, found


def _overwrite(told: Mapping[str, Any]) -> Overwrite:
    return Overwrite(int(told["id"]), int(told["type"]), bool(told["permission"]))
