"""The style that a member names: found among the guild's own and the shared ones, and suggested while they type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICES
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.requests.imagine.values import takes_style
from bot.errors import LedgerAway
from bot.messages import shown_prompt
from bot.moderation.styles.style_book import find_style, style_names
from bot.translation import _, listed
from bot.workflows import Pack
from bot.workflows.name_search import matches, search
from bot.workflows.styles.style import STYLE, Style

_MOST_NAMED: Final = 8
"""How many names an answer lists; it counts the rest."""


async def wanted_style(
    interaction: discord.Interaction[Darkroom] | Requester, pack: Pack, values: Mapping[str, object]
) -> Style | str | None:
    """The style that these values name. None if they name no style; a text if it is unknown, for the member."""
    if STYLE not in values or not takes_style(pack):
        return None
    return await style_here(interaction, str(values[STYLE]))


async def style_here(interaction: discord.Interaction[Darkroom] | Requester, typed: str) -> Style | str:
    """The style that a member means, by its name or any part of it that no other has; else what to tell them."""
    bot, guild_id = interaction.client, interaction.guild_id
    found = await find_style(bot.ledger, bot.library, guild_id, typed)
    if found is not None and not found.hidden:
        return found.style
    names = await names_here(interaction)
    close = matches(names, typed)
    if len(close) == 1 and (found := await find_style(bot.ledger, bot.library, guild_id, close[0])) is not None:
        return found.style
    if not names:
        return _("There are no styles here yet. Leave `style` empty.")
    if close:
        unclear = _("More than one `style` matches “{typed}”: {names}. Type more of the name.")
    else:
        unclear = _("There is no `style` called “{typed}” here. You can use: {names}.")
    return unclear.format(typed=shown_prompt(typed, 60), names=_listed(close or names))


async def style_is_gone(interaction: discord.Interaction[Darkroom], pack: Pack, values: Mapping[str, object]) -> bool:
    """Whether these values name a style that members of this guild no longer have."""
    if STYLE not in values or not takes_style(pack):
        return False
    found = await find_style(
        interaction.client.ledger, interaction.client.library, interaction.guild_id, str(values[STYLE])
    )
    return found is None or found.hidden


async def suggest_styles(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    """The styles that members can use, by any part of the name."""
    names = await known_names(interaction)
    return [app_commands.Choice(name=short(name), value=name) for name in search(names, current)][:CHOICES]


async def known_names(interaction: discord.Interaction[Darkroom]) -> list[str]:
    """The names of the styles here; without the database, of those that come with the bot."""
    try:
        return await names_here(interaction)
    except LedgerAway:
        return list(interaction.client.library.styles)


async def names_here(interaction: discord.Interaction[Darkroom] | Requester) -> list[str]:
    """The names of the styles that members of this guild can use, sorted. Raises `LedgerAway`."""
    found = await style_names(interaction.client.ledger, interaction.client.library, interaction.guild_id)
    return [name for name, shown in found.items() if shown]


def _listed(names: list[str]) -> str:
    text = listed(f"`{name.replace('`', '')}`" for name in names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return _("{things} and {count} more").format(things=text, count=more) if more > 0 else text
