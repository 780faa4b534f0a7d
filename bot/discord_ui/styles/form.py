"""The form for a style. What was typed is never lost: if something is wrong, a button opens the form with it again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import discord

from bot.discord_limits import CONTENT
from bot.discord_ui.access.acts import moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.requests.styles.apply_style import style_faults
from bot.errors import LedgerAway
from bot.ledger import KeptStyle
from bot.messages import LEDGER_AWAY, shown_prompt
from bot.moderation.moderator import Moderator
from bot.moderation.styles.style_acts import save_style
from bot.moderation.styles.style_book import FoundStyle
from bot.moderation.styles.style_fields import read_fields, settings_text
from bot.translation import N_, _
from bot.workflows.styles.style import LONGEST_NAME, LONGEST_TEXT

log = logging.getLogger(__name__)

STYLE_FORM_ID: Final = "darkroom:style:form:{key}"
STYLE_FIX_ID: Final = "darkroom:style:fix:{key}"

_NAME, _TEXT, _NEGATIVE, _SETTINGS = "name", "text", "negative", "settings"
_LONGEST_SETTINGS: Final = 2000
_LATE: Final = N_("That was too long ago. Use `/style edit` or `/style add` again.")


@dataclass(frozen=True, slots=True)
class _Open:
    """A form that is open, or can be opened again. `before` is the guild's style that it changes; None: the guild gets
    another one. `shown` is the name of the style that it began with; None: a new one.
    """

    before: KeptStyle | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    shown: str | None = None


async def open_new(interaction: discord.Interaction[Darkroom], name: str) -> None:
    """Answer with an empty form."""
    await _open(interaction, _Open(typed={_NAME: name}))


async def open_style(interaction: discord.Interaction[Darkroom], found: FoundStyle) -> None:
    """Answer with a form that holds a style. A shared one becomes one of the guild's own when it is saved."""
    style = found.style
    typed = {_NAME: style.name, _TEXT: style.prompt, _NEGATIVE: style.negative, _SETTINGS: settings_text(style)}
    await _open(interaction, _Open(found.kept if found.own else None, typed, style.name))


async def press_fix(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Open the form again, with what was typed."""
    form = interaction.client.pending.find(interaction.user.id, key, _Open)
    if form is None:
        await tell(interaction, _(_LATE))
    elif await moderator_of(interaction, "style") is not None:
        await _open(interaction, form)


async def submit_form(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Save the style, or say everything that is wrong with it."""
    form = interaction.client.pending.find(interaction.user.id, key, _Open)
    if form is None:
        await tell(interaction, _(_LATE))
        return
    moderator = await moderator_of(interaction, "style")
    if moderator is None:
        return
    typed = dict(answers(interaction))
    style, faults = read_fields(*(typed.get(name, "") for name in (_NAME, _TEXT, _NEGATIVE, _SETTINGS)))
    library = interaction.client.library
    faults += style_faults(style, library.visible(moderator.guild_id), library)
    if not faults:
        try:
            if (fault := await save_style(moderator, style, form.before)) is not None:
                faults = [fault]
                form = await _seen_again(moderator, form)
        except LedgerAway as fault:
            log.warning("a style was not saved, because the database cannot be used: %s", fault)
            faults = [_(LEDGER_AWAY)]
    if faults:
        await _tell_faults(interaction, _Open(form.before, typed, form.shown), faults)
        return
    saved = _("Saved the style “{name}”. Members use it with `/imagine style:{plain}`.")
    await tell(interaction, saved.format(name=shown_prompt(style.name), plain=style.name.replace("`", "")))


async def _seen_again(moderator: Moderator, form: _Open) -> _Open:
    """The form for another try: it changes the style as it is now, or makes a new one if that was removed."""
    if form.before is None:
        return form
    now = await moderator.ledger.styles.find(moderator.guild_id, form.before.name)
    return _Open(now if now is not None and now.content is not None else None, shown=form.shown)


async def _open(interaction: discord.Interaction[Darkroom], form: _Open) -> None:
    key = interaction.client.pending.keep(interaction.user.id, form)
    typed = form.typed
    fields = [
        text_field(_("Name"), _NAME, typed.get(_NAME, ""), LONGEST_NAME, required=True),
        text_field(
            _("Text"),
            _TEXT,
            typed.get(_TEXT, ""),
            LONGEST_TEXT,
            hint=_("{prompt} marks where the member’s text goes. Without it, this text follows theirs."),
            long=True,
        ),
        text_field(_("Negative text"), _NEGATIVE, typed.get(_NEGATIVE, ""), LONGEST_TEXT, long=True),
        text_field(
            _("Settings"),
            _SETTINGS,
            typed.get(_SETTINGS, ""),
            _LONGEST_SETTINGS,
            hint=_("One per line: workflow, model, lora, size, steps or guidance, like “size: 16:9”"),
            long=True,
        ),
    ]
    title = _("New style") if form.shown is None else _("Edit {name}").format(name=form.shown)
    await interaction.response.send_modal(form_of(title, STYLE_FORM_ID.format(key=key), *fields))


async def _tell_faults(interaction: discord.Interaction[Darkroom], form: _Open, faults: list[str]) -> None:
    key = interaction.client.pending.keep(interaction.user.id, form)
    button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
        label=_("Edit"), custom_id=STYLE_FIX_ID.format(key=key), style=discord.ButtonStyle.primary
    )
    text = "\n".join([*(f"⚠️ {fault}" for fault in faults), _("Press **Edit**: what you typed is still there.")])
    await interaction.response.send_message(text[:CONTENT], view=view_of(button), ephemeral=True)
