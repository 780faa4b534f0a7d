"""Asking for texts in a form, and what was typed or picked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import discord

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom


def ask(
    modal: discord.ui.Modal,
    label: str,
    key: str,
    value: str,
    most: int,
    *,
    hint: str | None = None,
    required: bool = False,
    long: bool = False,
) -> None:
    """Add a field for a text of at most so many characters, with as much of `value` in it as fits."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    field: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
        custom_id=key, default=value[:most] or None, max_length=most, required=required, style=style
    )
    modal.add_item(discord.ui.Label(text=label, description=hint, component=field))


def answers(interaction: discord.Interaction[Darkroom]) -> dict[str, str]:
    """The texts that were typed, by the key of their field."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    fields = (row.get("component") or {} for row in data.get("components", ()))
    return {field["custom_id"]: str(field["value"]) for field in fields if "value" in field}


def picked(interaction: discord.Interaction[Darkroom]) -> str:
    """What was chosen in a select that takes one."""
    values = cast("Mapping[str, Any]", interaction.data or {}).get("values") or [""]
    return str(values[0])
