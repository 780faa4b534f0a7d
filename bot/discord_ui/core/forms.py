"""Forms (Discord's modals): building them and reading the answers."""

from collections.abc import Iterator
from typing import Any

import discord

from bot.discord_internals import interaction_data, untracked
from bot.discord_limits import FORM_TITLE


def form_of(title: str, custom_id: str, *fields: discord.ui.Label[Any]) -> discord.ui.Modal:
    """A form. Its title is cut to what Discord accepts."""
    return untracked(discord.ui.Modal(title=title[:FORM_TITLE], custom_id=custom_id, timeout=None), *fields)


def text_field(
    label: str,
    key: str,
    value: str,
    most: int,
    *,
    hint: str | None = None,
    required: bool = False,
    long: bool = False,
) -> discord.ui.Label[discord.ui.View]:
    """A text input of at most `most` characters, filled in with as much of `value` as fits."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    field: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
        custom_id=key, default=value[:most], max_length=most, required=required, style=style
    )
    return discord.ui.Label(text=label, description=hint, component=field)


def answers(interaction: discord.Interaction[Any]) -> Iterator[tuple[str, str]]:
    """The submitted values as pairs of custom_id and value, without selects in which nothing was chosen."""
    for row in interaction_data(interaction).get("components", ()):
        field = row.get("component") or {}
        if "value" in field:
            yield field["custom_id"], str(field["value"])
        elif field.get("values"):
            yield field["custom_id"], str(field["values"][0])


def picked(interaction: discord.Interaction[Any]) -> str:
    """The value chosen in a select that allows one choice; "" if none was chosen."""
    values = interaction_data(interaction).get("values") or [""]
    return str(values[0])
