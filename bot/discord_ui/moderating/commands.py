"""`/moderate`: what moderators set and do."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.discord_ui.moderating.check_command import check_command


def moderate_commands() -> app_commands.Group:
    """The group, to be added to a tree."""
    group = app_commands.Group(
        name="moderate",
        description="Run the room",
        guild_only=True,
        default_permissions=discord.Permissions(manage_messages=True),
    )
    group.add_command(check_command())
    return group
