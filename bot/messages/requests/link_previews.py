"""No link in a message of the bot's unfolds into a preview: a prompt may hold any.

In one place, below everything that writes to Discord: discord.py has no way to say it in an edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import discord

from bot.discord_internals import rewrite_bodies

_SUPPRESS_EMBEDS: Final = 1 << 2


def suppress_link_previews(client: discord.Client) -> None:
    """From now on, for whatever this client sends with its own token, and for whatever this task, and those that it
    starts, send with the tokens of interactions.
    """
    rewrite_bodies(client, without_previews)


def without_previews(body: Any) -> Any:  # noqa: ANN401 - any JSON
    """A request's body, with the flag that suppresses embeds where it is a message's with text. Embeds that the bot
    sends itself would be hidden too: a message that has some is left as it is.
    """
    if not isinstance(body, Mapping):
        return body
    if isinstance(body.get("data"), Mapping):  # an answer to an interaction
        return {**body, "data": without_previews(body["data"])}
    if not body.get("content") or body.get("embeds"):
        return body
    return {**body, "flags": (body.get("flags") or 0) | _SUPPRESS_EMBEDS}
