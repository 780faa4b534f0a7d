"""`/history`: a member's own pictures, page by page."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.history.history_page import SIZE, asked_page, history_text, history_view
from bot.ledger import Page


def history_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="history", description="Your pictures here, the newest first; each can be brought back")
    async def history(interaction: discord.Interaction[Darkroom]) -> None:
        page = await _page(interaction, None, None)
        title = partial(title_of, interaction.client)
        await interaction.response.send_message(
            history_text(page, title), view=history_view(page, title), ephemeral=True
        )

    return history


async def press_history(interaction: discord.Interaction[Darkroom], asked: str) -> None:
    """Show another page of the same answer."""
    below, above = asked_page(asked)
    page = await _page(interaction, below, above)
    if not page.jobs:
        # What was there is forgotten by now.
        page = await _page(interaction, None, None)
    title = partial(title_of, interaction.client)
    await interaction.response.edit_message(
        content=history_text(page, title),
        view=history_view(page, title),
    )


async def _page(interaction: discord.Interaction[Darkroom], below: int | None, above: int | None) -> Page:
    ledger = interaction.client.ledger
    await interaction.client.messages.written_down(interaction.user.id)
    return await ledger.history(interaction.user.id, interaction.guild_id, SIZE, below=below, above=above)
