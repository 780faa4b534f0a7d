"""Who may do what. Checked in code, because admins can reassign commands and anybody can press a button."""

from typing import Final, Literal

import discord

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.translation import N_, _

Moderating = Literal["moderate", "style"]
"""A command for moderators. Server admins can give each of them to others."""

_IN_SERVERS: Final = N_("This only works in a server.")


async def administered_guild(interaction: discord.Interaction[Darkroom]) -> int | None:
    """The guild whose workflows this member may change. If they may not, tells them so and returns None."""
    if interaction.guild_id is None:
        await tell(interaction, _(_IN_SERVERS))
        return None
    if not await administers(interaction):
        await tell(interaction, _("Only members with **Manage Server** can do that."))
        return None
    return interaction.guild_id


async def moderated_guild(interaction: discord.Interaction[Darkroom], command: Moderating = "moderate") -> int | None:
    """The guild where this member may use the command. If they may not, tells them so and returns None."""
    if interaction.guild_id is None:
        await tell(interaction, _(_IN_SERVERS))
        return None
    if not await moderates(interaction, command):
        await tell(interaction, _("Only moderators can do that: members with **Manage Messages**."))
        return None
    return interaction.guild_id


async def administers(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this member may change the guild's workflows: those who may use `/workflow`."""
    return await _may(interaction, "workflow", discord.Permissions(manage_guild=True))


async def moderates(interaction: discord.Interaction[Darkroom], command: Moderating = "moderate") -> bool:
    """Whether this member is a moderator here: those who may use `/moderate`, or for styles `/style`."""
    return await _may(interaction, command, discord.Permissions(manage_messages=True))


async def _may(interaction: discord.Interaction[Darkroom], command: str, default: discord.Permissions) -> bool:
    if interaction.guild_id is None:
        return False
    if interaction.permissions.administrator or operates(interaction):
        return True
    overwritten = await interaction.client.command_permissions.says(command, interaction)
    return interaction.permissions >= default if overwritten is None else overwritten


def operates(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this member runs the bot (`OWNER_IDS`). They may act in every guild."""
    return interaction.user.id in interaction.client.settings.owner_ids
