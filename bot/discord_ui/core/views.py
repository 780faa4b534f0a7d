"""Buttons and selects under a message."""

from collections.abc import Iterable
from typing import Any

import discord

from bot.discord_internals import untracked


def view_of(*items: discord.ui.Item[Any]) -> discord.ui.View:
    """A view with these items. discord.py does not track it; `Router` answers its presses."""
    return untracked(discord.ui.View(timeout=None), *items)


def select_of(
    custom_id: str, options: Iterable[discord.SelectOption], placeholder: str | None = None
) -> discord.ui.Select[discord.ui.View]:
    """A select that allows one choice."""
    return discord.ui.Select(custom_id=custom_id, options=list(options), placeholder=placeholder)
