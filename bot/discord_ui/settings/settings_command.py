"""`/settings`: a member's own defaults for `/imagine`, and when to tell them that a request is done."""

from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.imagine.choices import suggest_counts, suggest_models, suggest_sizes, suggest_workflows
from bot.discord_ui.requests.imagine.option_types import (
    COUNT_DESCRIPTION,
    SIZE_DESCRIPTION,
    CountOption,
    ModelOption,
    SizeOption,
    StyleOption,
)
from bot.discord_ui.requests.styles.named_style import suggest_styles
from bot.discord_ui.settings.settings_page import LABELS, TOLD, change_settings, page_buttons
from bot.ledger import Told
from bot.translation import N_

_ALL: Final = "all"
_RESETS: Final = {**LABELS, _ALL: N_("Everything")}


def settings_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="settings", description=N_("Show and change your own defaults for /imagine"))
    @app_commands.describe(
        workflow=N_("Workflow to use when you choose none"),
        model=N_("Model to use when you choose none"),
        style=N_("Style to use when you choose none"),
        size=SIZE_DESCRIPTION,
        count=COUNT_DESCRIPTION,
        negative=N_("What your images should never show"),
        private=N_("Whether only you see your requests"),
        told=N_("When to tell you that a request is done"),
        reset=N_("Which of your settings to remove"),
    )
    @app_commands.choices(
        told=[app_commands.Choice(name=words, value=told.value) for told, words in TOLD.items()],
        reset=[app_commands.Choice(name=words, value=name) for name, words in _RESETS.items()],
    )
    @app_commands.autocomplete(
        workflow=suggest_workflows, model=suggest_models, style=suggest_styles, size=suggest_sizes
    )
    @app_commands.autocomplete(count=suggest_counts)
    async def settings(
        interaction: discord.Interaction[Darkroom],
        workflow: app_commands.Range[str, 1, 100] | None = None,
        model: ModelOption | None = None,
        style: StyleOption | None = None,
        size: SizeOption | None = None,
        count: CountOption | None = None,
        negative: app_commands.Range[str, 1, 4000] | None = None,
        private: bool | None = None,
        told: app_commands.Choice[str] | None = None,
        reset: app_commands.Choice[str] | None = None,
    ) -> None:
        options = {
            "workflow": workflow,
            "model": model,
            "style": style,
            "size": size,
            "count": count,
            "negative": negative,
            "private": private,
            "told": None if told is None else Told(told.value),
        }
        removed = () if reset is None else LABELS if reset.value == _ALL else (reset.value,)
        given = {**dict.fromkeys(removed), **{name: value for name, value in options.items() if value is not None}}
        page = await change_settings(interaction, given)
        await interaction.response.send_message(page, view=page_buttons(), ephemeral=True)

    return settings
