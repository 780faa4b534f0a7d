"""Messages of the bot's own in a channel, for moderators: written, changed, and known again."""

from __future__ import annotations

from typing import Final

import discord

from bot.messages.delivery import (
    EDIT_SECONDS,
    Undeliverable,
    button_row,
    fields_of,
    files_of,
    foreseen,
    sending,
)
from bot.messages.rendering import Rendered

_LOOKED_AT: Final = 50


async def post(client: discord.Client, channel_id: int, rendered: Rendered, nonce: str) -> int:
    """Write a message, once however often it is tried (`nonce`, at most 25 characters). Returns its number. Raises
    `Undeliverable` or `NotNow`.
    """
    async with sending(rendered):
        message = await client.get_partial_messageable(channel_id).send(
            rendered.content,
            files=files_of(rendered),
            view=button_row(rendered.buttons),
            nonce=nonce,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return message.id


async def amend(client: discord.Client, channel_id: int, message_id: int, rendered: Rendered) -> None:
    """Make a message of the bot's own look like `rendered`. Raises `Undeliverable` or `NotNow`."""
    async with sending(rendered):
        message = client.get_partial_messageable(channel_id).get_partial_message(message_id)
        await message.edit(**fields_of(rendered))


async def says_already(client: discord.Client, channel_id: int, heading: str) -> bool:
    """Whether one of the newest messages of a channel is the bot's own and begins like this. Raises `NotNow`."""
    try:
        async with foreseen(EDIT_SECONDS):
            history = client.get_partial_messageable(channel_id).history(limit=_LOOKED_AT)
            return any([client.user == it.author and it.content.startswith(heading) async for it in history])
    except Undeliverable:
        # Not to be read: whether anything can be written is another question.
        return False
