"""Suppress link previews in all of the bot's messages, since a prompt may contain any link.

discord.py cannot set the flag in an edit, so `prepare_client` rewrites the bodies of all requests.
"""

from collections.abc import Mapping
from typing import Any, Final

_SUPPRESS_EMBEDS: Final = 1 << 2


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
