"""Suppress link previews in all of the bot's messages, since a prompt may contain any link.

This works below everything that writes to Discord, because discord.py cannot set the flag in an edit.
"""

from collections.abc import Mapping
from typing import Any, Final

import discord

from bot.discord_internals import rewrite_bodies

_SUPPRESS_EMBEDS: Final = 1 << 2


def suppress_link_previews(client: discord.Client) -> None:
    """From now on, suppress previews in everything this client sends with its own token, and in everything this task
    and its child tasks send with interaction tokens.
    """
    rewrite_bodies(client, without_previews)


def without_previews(body: Any) -> Any:  # noqa: ANN401 - any JSON
    """A request's body with the flag that suppresses embeds, if it is a message with text. The flag would also hide
    embeds that the bot sends itself, so a message with embeds stays unchanged.
    """
    if not isinstance(body, Mapping):
        return body
    if isinstance(body.get("data"), Mapping):  # an answer to an interaction
        return {**body, "data": without_previews(body["data"])}
    if not body.get("content") or body.get("embeds"):
        return body
    return {**body, "flags": (body.get("flags") or 0) | _SUPPRESS_EMBEDS}
