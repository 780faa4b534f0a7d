"""Who may do what, checked in code: server admins can re-assign a command, and a button is pressed by anybody."""

from __future__ import annotations

from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell

_IN_SERVERS: Final = "This works in a server only."


async def administered_guild(interaction: discord.Interaction[Darkroom]) -> int | None:
    """The guild whose workflows this member may change; else None, and he has been told."""
    if interaction.guild_id is None:
        await tell(interaction, _IN_SERVERS)
        return None
    if not await administers(interaction):
        await tell(interaction, "Only members who may **Manage Server** can change its workflows.")
        return None
    return interaction.guild_id


async def moderated_guild(interaction: discord.Interaction[Darkroom]) -> int | None:
    """The guild that this member moderates; else None, and he has been told."""
    if interaction.guild_id is None:
        await tell(interaction, _IN_SERVERS)
        return None
    if not await moderates(interaction):
        await tell(interaction, "Only moderators can do that: members who may **Manage Messages** here.")
        return None
    return interaction.guild_id


async def administers(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this member may change what belongs to the guild: who may use `/workflow` there."""
    return await _may(interaction, "workflow", discord.Permissions(manage_guild=True))


async def moderates(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this member is a moderator here: who may use `/moderate`."""
    return await _may(interaction, "moderate", discord.Permissions(manage_messages=True))


async def _may(interaction: discord.Interaction[Darkroom], command: str, default: discord.Permissions) -> bool:
    if interaction.guild_id is None:
        return False
    if interaction.permissions.administrator or operates(interaction):
        return True
    said = await interaction.client.command_permissions.says(command, interaction)
    return interaction.permissions >= default if said is None else said


def operates(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this is one of those who run the bot: they may act in every guild."""
    return interaction.user.id in interaction.client.owner_ids
