"""`/machine` for the people who run the bot: let the GPUs rest, for all guilds at once."""

import logging
import time
from typing import Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.operator_acts import (
    PAUSED_ALL,
    PAUSED_ALL_UNTIL,
    PAUSED_ONE,
    PAUSED_ONE_UNTIL,
    RESUMED_ALL,
    RESUMED_ONE,
    tell_other_owners,
)
from bot.discord_ui.access.permissions import operates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.machine.moments import read_moment
from bot.ledger import ALL
from bot.translation import N_, _

log = logging.getLogger(__name__)

_LONGEST_TIME: Final = 20
_NOT_YOURS: Final = N_("Only the people who run this bot can do that (`OWNER_IDS` in its settings).")
_RESTS: Final = N_(
    "⏸️ The GPU rests until you use `/machine resume`. Running images finish; requests wait and keep their places."
)
_RESTS_UNTIL: Final = N_("⏸️ The GPU rests until {when}. Running images finish; requests wait and keep their places.")
_UNREADABLE: Final = N_("I can’t read that time. Write it like `18:00`, `2h` or `1d 12h`.")
_UNKNOWN: Final = N_("I don’t know that ComfyUI server. Pick one of the suggestions, or leave `server` empty for all.")
_TOGETHER: Final = N_("All servers are paused together. To resume them, leave `server` empty.")
_NOT_PAUSED: Final = N_("Nothing is paused. Quiet hours and `BUSY_COMMAND` end by themselves.")
_SERVER: Final = N_("ComfyUI server (empty: all of them)")


def machine_commands() -> app_commands.Group:
    """Build `/machine`."""
    group = app_commands.Group(
        name="machine",
        description=N_("Let the GPU rest (for the people who run this bot)"),
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )

    @group.command(name="pause", description=N_("Let the GPU rest until you resume it; running images finish"))
    @app_commands.describe(server=_SERVER)
    @app_commands.autocomplete(server=_suggest_servers)
    async def pause(interaction: discord.Interaction[Darkroom], server: str | None = None) -> None:
        await _pause(interaction, server, None)

    @group.command(name="until", description=N_("Let the GPU rest until a time; running images finish"))
    @app_commands.describe(time=N_("Time, like 18:00, or duration, like 2h or 1d 12h"), server=_SERVER)
    @app_commands.autocomplete(server=_suggest_servers)
    async def until(
        interaction: discord.Interaction[Darkroom],
        time: app_commands.Range[str, 1, _LONGEST_TIME],
        server: str | None = None,
    ) -> None:
        await _pause(interaction, server, time)

    @group.command(name="resume", description=N_("Resume the GPU after a pause"))
    @app_commands.describe(server=_SERVER)
    @app_commands.autocomplete(server=_suggest_servers)
    async def resume(interaction: discord.Interaction[Darkroom], server: str | None = None) -> None:
        await _resume(interaction, server)

    return group


async def _pause(interaction: discord.Interaction[Darkroom], server: str | None, moment: str | None) -> None:
    if not await _may(interaction, server):
        return
    quiet = interaction.client.settings.rules_of(server or ALL).quiet
    until = None if moment is None else read_moment(moment, time.time(), None if quiet is None else quiet.zone)
    if moment is not None and until is None:
        await tell(interaction, _(_UNREADABLE))
        return
    await interaction.client.ledger.pauses.pause(server or ALL, interaction.user.id, until)
    log.info("user %d pauses %s (until: %s)", interaction.user.id, server or "all servers", until or "resumed")
    when = "" if until is None else f"<t:{int(until)}:f>"
    await tell(interaction, _(_RESTS_UNTIL).format(when=when) if when else _(_RESTS))
    said = (PAUSED_ONE_UNTIL if when else PAUSED_ONE) if server else (PAUSED_ALL_UNTIL if when else PAUSED_ALL)
    await tell_other_owners(interaction, said, server=server or "", when=when)


async def _resume(interaction: discord.Interaction[Darkroom], server: str | None) -> None:
    if not await _may(interaction, server):
        return
    pauses = interaction.client.ledger.pauses
    ended = await pauses.resume(server or ALL)
    if server and await pauses.of(ALL):
        await tell(interaction, _(_TOGETHER))
        return
    log.info("user %d resumes %s", interaction.user.id, server or "all servers")
    await tell(interaction, _("▶️ Resumed.") if ended else _(_NOT_PAUSED))
    if ended:
        await tell_other_owners(interaction, RESUMED_ONE if server else RESUMED_ALL, server=server or "")


async def _may(interaction: discord.Interaction[Darkroom], server: str | None) -> bool:
    """Whether this member runs the bot, and the server exists. If not, tells them so."""
    if not operates(interaction):
        await tell(interaction, _(_NOT_YOURS))
    elif server and server not in [one.url for one in await interaction.client.ledger.servers.known()]:
        await tell(interaction, _(_UNKNOWN))
    else:
        return True
    return False


async def _suggest_servers(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    if not operates(interaction):
        return []
    wanted = current.strip().casefold()
    names = [one.url for one in await interaction.client.ledger.servers.known()]
    fitting = [name for name in names if wanted in name.casefold() and len(name) <= CHOICE]
    return [app_commands.Choice(name=name, value=name) for name in fitting][:CHOICES]
