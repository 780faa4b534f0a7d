"""Moderators' acts on styles: each is carried out and written to the moderators' log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from bot.ledger import Act, Entry, KeptStyle, Saved, SavedStyles, style_key
from bot.messages import shown_prompt
from bot.moderation.moderator import Moderator, Outcome
from bot.moderation.styles.style_book import find_style
from bot.translation import N_, _
from bot.workflows.styles.style import Style

MOST_STYLES: Final = 500
"""Of a guild's own."""
NO_STYLE: Final = N_("There is no style called “{name}” here. `/style list` shows them all.")
_NOT_SAVED: Final[Mapping[Saved, str]] = {
    Saved.TAKEN: N_(
        "This server already has a style called “{name}”. Use another name, or change that one with `/style edit`."
    ),
    Saved.CHANGED: N_("Somebody changed or removed “{name}” while you were editing it. Your text isn’t saved yet."),
    Saved.FULL: N_("This server has {most} styles, and there’s no room for more. Remove one first."),
}


async def save_style(moderator: Moderator, style: Style, before: KeptStyle | None) -> str | None:
    """Save a new style, or one in place of `before`. Returns what to tell the moderator if that fails, else None."""
    styles = moderator.ledger.styles
    saved = await styles.save(
        moderator.guild_id,
        style.name,
        style.content,
        moderator.user_id,
        most=MOST_STYLES,
        before=before,
        entry=await moderator.entry(Act.STYLE, detail=partial(_changed, style.name, before)),
    )
    if saved is not Saved.SAVED:
        return _(_NOT_SAVED[saved]).format(name=shown_prompt(style.name), most=MOST_STYLES)
    return None


def _changed(name: str, before: KeptStyle | None) -> str:
    if before is None:
        return _("“{name}” added").format(name=name)
    if before.name == name:
        return _("“{name}” edited").format(name=name)
    return _("“{old}” edited, now called “{name}”").format(old=before.name, name=name)


async def remove_style(moderator: Moderator, name: str) -> Outcome:
    """Delete a style of the guild's own, or hide one that all guilds share."""
    found = await find_style(moderator.ledger, moderator.library, moderator.guild_id, name)
    if found is None:
        return Outcome(_(NO_STYLE).format(name=shown_prompt(name, 80)))
    name, shown = found.style.name, shown_prompt(found.style.name)
    if found.own:
        entry = await moderator.entry(Act.STYLE, detail=lambda: _("“{name}” removed").format(name=name))
        if not await moderator.ledger.styles.remove(moderator.guild_id, found.style.name, entry=entry):
            return Outcome(_(NO_STYLE).format(name=shown))
        if found.shared:
            back = _(
                "Removed this server’s “{name}”. The one that comes with the bot is back: remove it too to hide it."
            )
            return Outcome(back.format(name=shown))
        return Outcome(_("Removed the style “{name}”.").format(name=shown))
    if not found.hidden:
        entry = await moderator.entry(Act.STYLE, detail=lambda: _("“{name}” hidden").format(name=name))
        await moderator.ledger.styles.hide(moderator.guild_id, found.style.name, moderator.user_id, entry=entry)
    hidden = _("“{name}” comes with the bot, so it’s only hidden in this server. `/style edit` brings it back.")
    return Outcome(hidden.format(name=shown))


async def import_styles(moderator: Moderator, styles: Mapping[str, Style]) -> SavedStyles:
    """Save the styles, in place of those of the same names."""
    contents = {name: style.content for name, style in styles.items()}

    def entry(saved: SavedStyles) -> Entry:
        said = _("imported: {added} new, {replaced} replaced")
        detail = said.format(added=len(saved.added), replaced=len(saved.replaced))
        return Entry(moderator.guild_id, Act.STYLE, moderator.user_id, detail=detail)

    return await moderator.ledger.styles.save_all(
        moderator.guild_id,
        contents,
        moderator.user_id,
        most=MOST_STYLES,
        entry=await moderator.in_guilds_language(entry),
    )


async def replaced_by(moderator: Moderator, styles: Mapping[str, Style]) -> tuple[str, ...]:
    """The names of the guild's own styles that an import would replace."""
    own = await moderator.ledger.styles.names(moderator.guild_id)
    keys = {style_key(name) for name in styles}
    return tuple(name for name, is_style in own.items() if is_style and style_key(name) in keys)
