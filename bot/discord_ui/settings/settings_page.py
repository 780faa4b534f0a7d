"""The page of `/settings`: what a member has set, in words, with buttons to change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.discord_limits import CONTENT
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.views import view_of
from bot.discord_ui.requests.chosen_pack import find_pack
from bot.discord_ui.requests.imagine.defaults import preferences_of
from bot.discord_ui.requests.styles.named_style import style_here
from bot.discord_ui.settings.checks import check_settings
from bot.ledger import Preferences, Told
from bot.messages import shown_prompt
from bot.translation import N_, _
from bot.workflows import Pack, default_of
from bot.workflows.name_search import short_name
from bot.workflows.styles.style import means_no_style

SETTINGS_OPEN_ID: Final = "darkroom:settings:open:{form}"
SETTINGS_RESET_ID: Final = "darkroom:settings:reset"
IMAGES_FORM: Final = "images"
REST_FORM: Final = "rest"

LABELS: Final[Mapping[str, str]] = {
    "workflow": N_("Workflow"),
    "model": N_("Model"),
    "style": N_("Style"),
    "size": N_("Size"),
    "count": N_("Number of images"),
    "negative": N_("Negative prompt"),
    "private": N_("Private"),
    "told": N_("Tell me when a request is done"),
}
TOLD: Final[Mapping[Told, str]] = {
    Told.NEVER: N_("Never"),
    Told.LONG: N_("If it took longer than a minute"),
    Told.ALWAYS: N_("Always"),
}
PRIVATE: Final[Mapping[bool, str]] = {
    False: N_("No, everyone sees my requests"),
    True: N_("Yes, only I see my requests"),
}
_PROBLEMS_SHOWN: Final = 900
"""Characters of problems, so that the page below them fits into a message."""


async def change_settings(interaction: discord.Interaction[Darkroom], given: Mapping[str, object]) -> str:
    """Keep what can be kept of the settings that a member gives, and return the page. Raises `LedgerAway`."""
    bot, user_id, guild_id = interaction.client, interaction.user.id, interaction.guild_id
    packs = bot.library.usable(guild_id)
    preferences = await preferences_of(interaction)
    checked = check_settings(given, preferences, packs, bot.library, bot.settings.caps)
    wanted = checked.changes.get("style")
    if means_no_style(wanted):
        checked.changes["style"] = None
    elif isinstance(wanted, str):
        style = await style_here(interaction, wanted)
        if isinstance(style, str):
            checked.problems.append(style)
            del checked.changes["style"]
        else:
            checked.changes["style"] = style.name
    if checked.changes:
        preferences = await bot.ledger.preferences.change(user_id, guild_id, checked.changes)
    page = page_text(preferences, packs, direct=guild_id is None)
    if checked.problems:
        told = "\n".join(f"⚠️ {problem}" for problem in checked.problems)
        return f"{told[:_PROBLEMS_SHOWN]}\n\n{page}"[:CONTENT]
    return f"{_('Saved.')}\n\n{page}" if checked.changes else page


def page_text(preferences: Preferences, packs: Sequence[Pack], *, direct: bool) -> str:
    """All settings in words. Pure."""
    heading = (
        _("**Your defaults for `/imagine` in direct messages**")
        if direct
        else _("**Your defaults for `/imagine` on this server**")
    )
    own = _("the workflow’s own")
    words = {
        "workflow": _workflow(preferences.workflow, packs),
        "model": own if preferences.model is None else _shown(short_name(preferences.model)),
        "style": _("none") if preferences.style is None else _shown(preferences.style),
        "size": own if preferences.size is None else _shown(preferences.size),
        "count": own if preferences.count is None else str(preferences.count),
        "negative": own if preferences.negative is None else _shown(preferences.negative),
        "private": _(PRIVATE[bool(preferences.private)]),
        "told": _(TOLD[preferences.told]),
    }
    lines = [f"- {_(label)}: {words[name]}" for name, label in LABELS.items()]
    note = _("-# What you give to `/imagine` itself wins. A default that a workflow has no option for is skipped.")
    return "\n".join([heading, *lines, note])


def page_buttons() -> discord.ui.View:
    """The buttons under the page."""
    grey, red = discord.ButtonStyle.secondary, discord.ButtonStyle.danger
    return view_of(
        *(
            discord.ui.Button(label=label, custom_id=custom_id, style=style)
            for label, custom_id, style in (
                (_("Change defaults"), SETTINGS_OPEN_ID.format(form=IMAGES_FORM), grey),
                (_("Style, privacy, notices"), SETTINGS_OPEN_ID.format(form=REST_FORM), grey),
                (_("Reset all"), SETTINGS_RESET_ID, red),
            )
        )
    )


def _workflow(wanted: str | None, packs: Sequence[Pack]) -> str:
    pack = find_pack(packs, wanted) if wanted is not None else None
    if pack is not None:
        return f"**{shown_prompt(pack.title, 80)}**"
    standard = default_of(packs)
    usual = (
        _("the server’s standard one")
        if standard is None
        else _("the server’s standard one (“{title}”)").format(title=shown_prompt(standard.title, 80))
    )
    return usual if wanted is None else _("{usual}, because yours isn’t available any more").format(usual=usual)


def _shown(text: str) -> str:
    return f"**{shown_prompt(text, 120)}**"
