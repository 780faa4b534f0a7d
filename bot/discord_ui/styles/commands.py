"""`/style` for moderators: add, edit, remove, list, import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import discord
from discord import app_commands

from bot.discord_limits import CHOICES
from bot.discord_ui.access.acts import carry_out, moderator_of
from bot.discord_ui.access.permissions import moderates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.core.replies import tell
from bot.discord_ui.styles.form import open_new, open_style
from bot.discord_ui.styles.import_file import import_file
from bot.discord_ui.styles.list_page import show_styles
from bot.messages import shown_prompt
from bot.moderation.styles.style_acts import NO_STYLE, remove_style
from bot.moderation.styles.style_book import find_style, style_names
from bot.translation import N_, _
from bot.workflows.name_search import search
from bot.workflows.styles.style import LONGEST_NAME


def style_commands() -> app_commands.Group:
    """Build `/style`."""
    group = app_commands.Group(
        name="style",
        description=N_("Manage the styles that members can choose"),
        default_permissions=discord.Permissions(manage_messages=True),
        guild_only=True,
    )

    @group.command(name="add", description=N_("Add a style: texts and settings under a name"))
    @app_commands.describe(name=N_("Name of the new style"))
    async def add(
        interaction: discord.Interaction[Darkroom], name: app_commands.Range[str, 1, LONGEST_NAME] | None = None
    ) -> None:
        if await moderator_of(interaction, "style") is not None:
            await open_new(interaction, name or "")

    @group.command(name="edit", description=N_("Change a style, or bring back one that is hidden here"))
    @app_commands.describe(name=N_("Style to change"))
    @app_commands.autocomplete(name=_suggest_names)
    async def edit(interaction: discord.Interaction[Darkroom], name: str) -> None:
        moderator = await moderator_of(interaction, "style")
        if moderator is None:
            return
        found = await find_style(moderator.ledger, moderator.library, moderator.guild_id, name)
        if found is None:
            await tell(interaction, _(NO_STYLE).format(name=shown_prompt(name, LONGEST_NAME)))
        else:
            await open_style(interaction, found)

    @group.command(
        name="remove", description=N_("Remove a style; one that comes with the bot is only hidden in this server")
    )
    @app_commands.describe(name=N_("Style to remove"))
    @app_commands.autocomplete(name=_suggest_shown)
    async def remove(interaction: discord.Interaction[Darkroom], name: str) -> None:
        await carry_out(interaction, lambda moderator: remove_style(moderator, name), "style")

    @group.command(name="list", description=N_("Show all styles (only you can see the reply)"))
    async def list_(interaction: discord.Interaction[Darkroom]) -> None:
        await show_styles(interaction)

    @group.command(name="import", description=N_("Import the styles.csv of a Stable Diffusion program"))
    @app_commands.describe(file=N_("styles.csv (name, prompt, negative_prompt), or styles as JSON"))
    async def import_(interaction: discord.Interaction[Darkroom], file: discord.Attachment) -> None:
        await import_file(interaction, file)

    return group


async def _suggest_names(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    return _choices(await _names(interaction), current)


async def _suggest_shown(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    return _choices((name for name, shown in (await _names(interaction)).items() if shown), current)


async def _names(interaction: discord.Interaction[Darkroom]) -> Mapping[str, bool]:
    if interaction.guild_id is None or not await moderates(interaction, "style"):
        return {}
    return await style_names(interaction.client.ledger, interaction.client.library, interaction.guild_id)


def _choices(names: Iterable[str], current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=short(name), value=name) for name in search(names, current)[:CHOICES]]
