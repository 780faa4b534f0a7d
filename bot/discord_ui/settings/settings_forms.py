"""The forms of `/settings`. Every field shows what is set, and an empty one resets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.discord_limits import CHOICE, CHOICES, TYPED
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.imagine.defaults import preferences_of
from bot.discord_ui.settings.settings_page import (
    IMAGES_FORM,
    LABELS,
    PRIVATE,
    REST_FORM,
    TOLD,
    change_settings,
    page_buttons,
)
from bot.ledger import Preferences, Told
from bot.translation import N_, _
from bot.workflows import Pack, taking_prompt

SETTINGS_SAVE_ID: Final = "darkroom:settings:save:{form}"

Field = discord.ui.Label[discord.ui.View]

_STANDARD: Final = "-"
"""Stands for no workflow of the member's own. No workflow has this name."""
_YES: Final = "yes"
_NO: Final = "no"
_HINTS: Final[Mapping[str, str]] = {
    "workflow": N_("Empty: the server’s standard one"),
    "model": N_("Any part of its name. Empty: the workflow’s own"),
    "size": N_("Like 16:9, portrait or 1024x768. Empty: the workflow’s own"),
    "count": N_("1 to 10. Empty: the workflow’s own"),
    "negative": N_("What images should not show. Empty: the workflow’s own"),
    "style": N_("Any part of its name. Empty: none"),
}
_LONGEST: Final[Mapping[str, int]] = {
    "workflow": 100,
    "model": 300,
    "size": 40,
    "count": 2,
    "negative": TYPED,
    "style": 100,
}


async def press_open(interaction: discord.Interaction[Darkroom], form: str) -> None:
    """Open a form, filled in with what is set."""
    preferences = await preferences_of(interaction)
    if form == IMAGES_FORM:
        packs = taking_prompt(interaction.client.library.usable(interaction.guild_id))
        names = ("model", "size", "count", "negative")
        fields = [_workflow_field(preferences, packs), *(_typed(preferences, name) for name in names)]
    else:
        form = REST_FORM
        fields = [_typed(preferences, "style"), _private_field(preferences), _told_field(preferences)]
    await interaction.response.send_modal(form_of(_("Your defaults"), SETTINGS_SAVE_ID.format(form=form), *fields))


async def submit_form(interaction: discord.Interaction[Darkroom], _form: str) -> None:
    """Keep what was filled in, and show the page again."""
    given: dict[str, object] = {name: value for name, value in answers(interaction) if name in LABELS}
    if given.get("workflow") == _STANDARD:
        given["workflow"] = None
    if "private" in given:
        given["private"] = given["private"] == _YES or None
    if "told" in given:
        given["told"] = _told(given["told"])
    await _show(interaction, await change_settings(interaction, given))


async def press_reset(interaction: discord.Interaction[Darkroom]) -> None:
    """Reset everything."""
    await _show(interaction, await change_settings(interaction, dict.fromkeys(LABELS)))


async def _show(interaction: discord.Interaction[Darkroom], page: str) -> None:
    if interaction.message is None:
        # A modified client sends the form without having opened the page.
        await tell(interaction, page, page_buttons())
    else:
        await interaction.response.edit_message(content=page, view=page_buttons())


def _told(value: object) -> Told | None:
    return next((told for told in Told if told == value), None)


def _typed(preferences: Preferences, name: str) -> Field:
    value = getattr(preferences, name)
    shown = "" if value is None else str(value)
    return text_field(_(LABELS[name]), name, shown, _LONGEST[name], hint=_(_HINTS[name]), long=name == "negative")


def _workflow_field(preferences: Preferences, packs: Sequence[Pack]) -> Field:
    if len(packs) >= CHOICES:
        return _typed(preferences, "workflow")
    choices = {_STANDARD: _("The server’s standard one"), **{pack.name[:CHOICE]: pack.title for pack in packs}}
    chosen = preferences.workflow if preferences.workflow in choices else _STANDARD
    return _select("workflow", choices, chosen)


def _private_field(preferences: Preferences) -> Field:
    choices = {_NO: _(PRIVATE[False]), _YES: _(PRIVATE[True])}
    return _select("private", choices, _YES if preferences.private else _NO)


def _told_field(preferences: Preferences) -> Field:
    return _select("told", {told.value: _(words) for told, words in TOLD.items()}, preferences.told.value)


def _select(name: str, choices: Mapping[str, str], chosen: str | None) -> Field:
    options = [
        discord.SelectOption(label=label[:CHOICE], value=value, default=value == chosen)
        for value, label in choices.items()
    ]
    select: discord.ui.Select[discord.ui.View] = discord.ui.Select(custom_id=name, options=options, required=False)
    return discord.ui.Label(text=_(LABELS[name]), component=select)
