"""What a member wrote in a command or a form, for the log: it must be in no line."""

from collections.abc import Iterator
from typing import Any, Final

import discord

from bot.discord_internals.rest import interaction_data

_NAME: Final = 12
"""Characters. What is shorter and has no space is rather the name of something than a prompt."""


def written_texts(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    """The texts of an interaction's options and fields."""
    return tuple(_texts(interaction_data(interaction)))


def _texts(sent: object) -> Iterator[str]:
    match sent:
        case {"value": str(value)} if " " in value.strip() or len(value) >= _NAME:
            yield value
        case dict():
            for part in sent.values():
                yield from _texts(part)
        case list():
            for part in sent:
                yield from _texts(part)
