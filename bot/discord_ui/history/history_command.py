"""`/history`: a member's own images, page by page."""

from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.history.history_page import SIZE, asked_page, history_text, history_view
from bot.ledger import Page
from bot.translation import N_


def history_command() -> app_commands.Command[Any, ..., None]:
    """Build `/history`."""

    @app_commands.command(name="history", description=N_("Browse your images here and bring any of them back"))
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
        # The jobs of that page have been erased since: start over.
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
