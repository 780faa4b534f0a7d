"""`/style list`: the styles of a guild, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import discord

from bot.discord_limits import CONTENT
from bot.discord_ui.access.acts import moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.views import view_of
from bot.messages import shown_prompt
from bot.moderation.moderator import Moderator
from bot.moderation.styles.style_book import FoundStyle, all_styles
from bot.translation import N_, _, ngettext
from bot.workflows.styles.style import Style

STYLES_PAGE_ID: Final = "darkroom:style:page:{page}"
_PAGE: Final = 12
"""Styles: their names fit a message, however long they are."""
_TEXT_SHOWN: Final = 60
_NAME_SHOWN: Final = 50
"""Characters."""
_NONE: Final = N_("There are no styles yet. Add one with `/style add`, or many with `/style import`.")
_LEGEND: Final = N_(
    "-# ✏️ this server’s own · 🙈 hidden here, `/style edit` brings it back · the others come with the bot"
)


async def show_styles(interaction: discord.Interaction[Darkroom]) -> None:
    """Answer with the first page, privately."""
    moderator = await moderator_of(interaction, "style")
    if moderator is not None:
        text, view = await _page(moderator, 0)
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def press_page(interaction: discord.Interaction[Darkroom], page: str) -> None:
    """Show another page in place of this one."""
    moderator = await moderator_of(interaction, "style")
    if moderator is not None:
        text, view = await _page(moderator, int(page) if page.isdecimal() else 0)
        await interaction.response.edit_message(content=text, view=view)


async def _page(moderator: Moderator, page: int) -> tuple[str, discord.ui.View]:
    found = await all_styles(moderator.ledger, moderator.library, moderator.guild_id)
    if not found:
        return _(_NONE), view_of()
    last = (len(found) - 1) // _PAGE
    page = min(page, last)
    shown = found[page * _PAGE : (page + 1) * _PAGE]
    heading = ngettext("{count} style", "{count} styles", len(found)).format(count=len(found))
    if last:
        heading = _("{styles}, page {page} of {pages}").format(styles=heading, page=page + 1, pages=last + 1)
    text = _text(heading, shown, brief=False)
    # Escaped Markdown doubles the length of a text: then the names have to do.
    return (text if len(text) <= CONTENT else _text(heading, shown, brief=True)), _buttons(page, last)


def _text(heading: str, shown: Sequence[FoundStyle], *, brief: bool) -> str:
    return "\n".join([f"**{heading}**", *(_line(one, brief=brief) for one in shown), _(_LEGEND)])


def _line(found: FoundStyle, *, brief: bool) -> str:
    sign = "✏️ " if found.own else "🙈 " if found.hidden else ""
    name = f"- {sign}**{shown_prompt(found.style.name, _NAME_SHOWN)}**"
    return name if brief else f"{name} {_summary(found.style)}"


def _summary(style: Style) -> str:
    text = style.prompt or style.negative
    settings = ", ".join(style.settings)
    return " · ".join(filter(None, (shown_prompt(text, _TEXT_SHOWN), settings)))


def _buttons(page: int, last: int) -> discord.ui.View:
    targets = ((_("Previous"), page - 1), (_("Next"), page + 1))
    return view_of(
        *(
            discord.ui.Button(label=label, custom_id=STYLES_PAGE_ID.format(page=target))
            for label, target in targets
            if 0 <= target <= last
        )
    )
