"""Who may do what, checked in code: server admins can re-assign a command, and a button is pressed by anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.discord_ui.replies import tell

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

_IN_SERVERS: Final = "This works in a server only."


async def administered_guild(interaction: discord.Interaction[Darkroom]) -> int | None:
    """The guild whose workflows this member may change; else None, and he has been told."""
    if interaction.guild_id is None:
        await tell(interaction, _IN_SERVERS)
        return None
    if not administers(interaction):
        await tell(interaction, "Only members who may **Manage Server** can change its workflows.")
        return None
    return interaction.guild_id


async def moderated_guild(interaction: discord.Interaction[Darkroom]) -> int | None:
    """The guild that this member moderates; else None, and he has been told."""
    if interaction.guild_id is None:
        await tell(interaction, _IN_SERVERS)
        return None
    if not moderates(interaction):
        await tell(interaction, "Only moderators can do that: members who may **Manage Messages** here.")
        return None
    return interaction.guild_id


def administers(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this member may change what belongs to the guild."""
    return interaction.guild_id is not None and (interaction.permissions.manage_guild or operates(interaction))


def moderates(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this member is a moderator here."""
    return interaction.guild_id is not None and (interaction.permissions.manage_messages or operates(interaction))


def operates(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this is one of those who run the bot: they may act in every guild."""
    return interaction.user.id in interaction.client.owner_ids
