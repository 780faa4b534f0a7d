"""Editing a job's message over REST: the interaction's token while it lives, the bot's own token after that."""

from __future__ import annotations

import asyncio
import io
import logging
import time
from dataclasses import dataclass
from typing import Final, TypedDict

import discord

from bot.errors import DarkroomError
from bot.ledger import Job, NewJob
from bot.messages.rendering import Button, Rendered

log = logging.getLogger(__name__)

TOKEN_SECONDS: Final = 15 * 60 - 20.0
"""An interaction's token lives 15 minutes; a request that begins in the last moments may arrive too late."""
_EDIT_SECONDS: Final = 30.0
_UPLOAD_SECONDS: Final = 180.0
_DEAD_TOKEN: Final = {50027, 10015}
_GONE: Final = {10003, 10008}
"""Unknown channel, unknown message: there is nothing left to edit."""
_HTTP_SERVER_ERROR: Final = 500


class Undeliverable(DarkroomError):  # noqa: N818
    """The message cannot be edited, and trying again will not help."""


class NotNow(DarkroomError):  # noqa: N818
    """The edit did not go through, but it may later."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a job's message is. `message_id` None: its number never reached us, only the token does."""

    channel_id: int
    message_id: int | None
    application_id: int
    token: str
    token_dies_at: float

    @staticmethod
    def of_new(job: NewJob) -> Address:
        """Where the reply to an order that has just come in will be."""
        return Address(job.channel_id, None, job.application_id, job.interaction_token, time.time() + TOKEN_SECONDS)

    @staticmethod
    def of(job: Job) -> Address:
        """Where a job's message is."""
        dies_at = job.created_at + TOKEN_SECONDS
        return Address(job.channel_id, job.message_id, job.application_id, job.interaction_token, dies_at)


async def edit(client: discord.Client, address: Address, rendered: Rendered) -> None:
    """Make the message look like `rendered`. Raises `Undeliverable` or `NotNow`."""
    seconds = _UPLOAD_SECONDS if rendered.files else _EDIT_SECONDS
    try:
        async with asyncio.timeout(seconds):
            if time.time() < address.token_dies_at:
                try:
                    await _edit_by_token(client, address, rendered)
                except discord.HTTPException as fault:
                    if fault.code not in _DEAD_TOKEN or address.message_id is None:
                        raise
                else:
                    return
            await _edit_by_channel(client, address, rendered)
    except discord.HTTPException as fault:
        if fault.status >= _HTTP_SERVER_ERROR:
            raise NotNow(str(fault)) from fault
        raise Undeliverable(str(fault)) from fault
    except (OSError, TimeoutError) as fault:  # aiohttp's connection errors are OSErrors
        raise NotNow(str(fault) or type(fault).__name__) from fault


async def _edit_by_token(client: discord.Client, address: Address, rendered: Rendered) -> None:
    webhook = discord.Webhook.partial(address.application_id, address.token, client=client)
    # A job's message is the reply to its interaction, which the token knows by this name from the first moment on.
    await webhook.edit_message("@original", **_fields(rendered))  # type: ignore[call-overload]


async def _edit_by_channel(client: discord.Client, address: Address, rendered: Rendered) -> None:
    if address.message_id is None:
        raise Undeliverable("the token is dead and the message's number never arrived")
    message = client.get_partial_messageable(address.channel_id).get_partial_message(address.message_id)
    await message.edit(**_fields(rendered))


class _Fields(TypedDict, total=False):
    content: str
    view: discord.ui.View
    allowed_mentions: discord.AllowedMentions
    attachments: list[discord.File]


def _fields(rendered: Rendered) -> _Fields:
    fields: _Fields = {
        "content": rendered.content,
        "view": button_row(rendered.buttons),
        "allowed_mentions": discord.AllowedMentions.none(),
    }
    if rendered.files is not None:
        # Fresh readers each time: a File is used up by the request that sends it.
        fields["attachments"] = [
            discord.File(io.BytesIO(file.content), file.filename, description=file.description)
            for file in rendered.files
        ]
    return fields


def button_row(buttons: tuple[Button, ...]) -> discord.ui.View:
    """The buttons as discord.py sends them; presses are answered by their custom_id, not by this view."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        style = discord.ButtonStyle.danger if button.danger else discord.ButtonStyle.secondary
        view.add_item(discord.ui.Button(label=button.label, custom_id=button.custom_id, style=style))
    # A stopped view is not kept by discord.py: without this each edit would leave one behind for ever.
    view.stop()
    return view
