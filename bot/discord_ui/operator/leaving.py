"""Leaving a server: asked first, then its jobs are cancelled, and the bot goes."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

import aiohttp
import discord

from bot.discord_ui.access.acts import show_ends
from bot.discord_ui.access.operator_acts import LEFT, tell_other_owners
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.operator.operators import operating
from bot.discord_ui.operator.server_list import ListedServer, listed_servers, named_apart
from bot.moderation.moderator import Outcome
from bot.translation import N_, _, ngettext, shown_number

log = logging.getLogger(__name__)

LEAVE_ID: Final = "darkroom:operator:leave:{guild}"
STAY_ID: Final = "darkroom:operator:stay"
_ID_DIGITS: Final = 20
_FAREWELL_SECONDS: Final = 20.0
"""How long the messages of cancelled jobs may take: afterwards the bot can't edit them any more."""
_NOWHERE: Final = N_("I’m not in a server with that name or id. `/operator servers` lists them.")
_SURE: Final = N_(
    "Leave {server}? Its {jobs} will be cancelled. What I keep about its members stays until it is deleted as usual."
)
_SURE_IDLE: Final = N_("Leave {server}? What I keep about its members stays until it is deleted as usual.")
_LEFT: Final = N_("👋 Left {server}. {jobs} cancelled.")
_LEFT_IDLE: Final = N_("👋 Left {server}.")
_NOT_LEFT: Final = N_("Discord didn’t let me leave {server}. Its {jobs} are cancelled. Try again in a while.")
_NOT_LEFT_IDLE: Final = N_("Discord didn’t let me leave {server}. Try again in a while.")
_FAILURES: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


async def ask_to_leave(interaction: discord.Interaction[Darkroom], wanted: str) -> None:
    """Ask whether to leave the server with this id or name."""
    # What all servers use takes a while to count.
    await begin_act(interaction, reply=True)
    servers = await listed_servers(interaction.client)
    server = _find(servers, wanted)
    if server is None:
        await tell(interaction, _(_NOWHERE))
        return
    active = await interaction.client.ledger.active_in(server.id)
    leave: discord.ui.Button[discord.ui.View] = discord.ui.Button(
        label=_("Leave"), style=discord.ButtonStyle.danger, custom_id=LEAVE_ID.format(guild=server.id)
    )
    stay: discord.ui.Button[discord.ui.View] = discord.ui.Button(label=_("Stay"), custom_id=STAY_ID)
    sure = _(_SURE if active else _SURE_IDLE).format(server=named_apart(server, servers), jobs=_jobs(len(active)))
    await tell(interaction, sure, view_of(leave, stay))


async def press_leave(interaction: discord.Interaction[Darkroom], guild: str) -> None:
    """Cancel everything of the server, and leave it."""
    if not await operating(interaction):
        return
    bot = interaction.client
    await begin_act(interaction, reply=False)
    servers = await listed_servers(bot)
    server = _find(servers, guild)
    if server is None:
        await tell(interaction, _(_NOWHERE))
        return
    name = named_apart(server, servers)
    stopped = await bot.ledger.stop(server.id, by=interaction.user.id)
    try:
        async with asyncio.timeout(_FAREWELL_SECONDS):
            await show_ends(bot, Outcome("", stopped))
    except TimeoutError:
        log.info("guild %d: not all messages of its cancelled jobs could be edited", server.id)
    left, said = True, _LEFT if stopped else _LEFT_IDLE
    try:
        await bot.http.leave_guild(server.id)
    except _FAILURES as fault:
        log.warning("guild %d: could not leave it: %s", server.id, fault)
        left, said = False, _NOT_LEFT if stopped else _NOT_LEFT_IDLE
    else:
        log.info("guild %d: left by user %d", server.id, interaction.user.id)
    text = _(said).format(server=name, jobs=_jobs(len(stopped)))
    try:
        await interaction.edit_original_response(content=text, view=None)
    except _FAILURES as fault:
        # The question may have been asked in the server that the bot has just left.
        log.info("could not confirm that a server was left: %s", fault)
    if left:
        await tell_other_owners(interaction, LEFT, server=name)


async def press_stay(interaction: discord.Interaction[Darkroom]) -> None:
    """Leave nothing."""
    if await operating(interaction):
        await interaction.response.edit_message(content=_("Nothing was changed."), view=None)


def _find(servers: Sequence[ListedServer], wanted: str) -> ListedServer | None:
    text = wanted.strip()
    if text.isdecimal() and len(text) <= _ID_DIGITS:
        return next((one for one in servers if one.id == int(text)), None)
    same = [one for one in servers if one.name is not None and one.name.casefold() == text.casefold()]
    return same[0] if len(same) == 1 else None


def _jobs(count: int) -> str:
    return ngettext("{count} job", "{count} jobs", count).format(count=shown_number(count))
