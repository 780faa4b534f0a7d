"""Who may do what, checked in code: server admins can re-assign a command, and a button is pressed by anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.discord_ui.replies import tell

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom


async def administered_guild(interaction: discord.Interaction[Darkroom]) -> int | None:
    """The guild whose workflows this member may change; else None, and he has been told."""
    if interaction.guild_id is None:
        await tell(interaction, "This works in a server only.")
        return None
    if not interaction.permissions.manage_guild:
        await tell(interaction, "Only members who may **Manage Server** can change its workflows.")
        return None
    return interaction.guild_id


async def moderated_guild(interaction: discord.Interaction[Darkroom]) -> int | None:
    """The guild whose line and pictures this member may moderate; else None, and he has been told."""
    if interaction.guild_id is None:
        await tell(interaction, "This works in a server only.")
        return None
    if not interaction.permissions.manage_messages:
        await tell(interaction, "Only moderators can do that: members who may **Manage Messages**.")
        return None
    return interaction.guild_id
