"""Editing a job's message over REST: the interaction's token while it lives, the bot's own token after that."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, TypedDict, cast

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
_CONTENT: Final = 2000
_ELSEWHERE: Final = "-# From <#{channel_id}>, where I cannot write any more."


class Undeliverable(DarkroomError):  # noqa: N818
    """The message cannot be edited, and trying again will not help. `gone`: somebody has deleted it."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


class NotNow(DarkroomError):  # noqa: N818
    """The edit did not go through, but it may later."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a job's message is, and whose. `message_id` None: its number never reached us, only the token does."""

    user_id: int
    channel_id: int
    message_id: int | None
    application_id: int
    token: str
    token_dies_at: float

    @staticmethod
    def of_new(job: NewJob) -> Address:
        """Where the reply to an order that has just come in will be."""
        dies_at = time.time() + TOKEN_SECONDS
        return Address(job.user_id, job.channel_id, None, job.application_id, job.interaction_token, dies_at)

    @staticmethod
    def of(job: Job) -> Address:
        """Where a job's message is."""
        dies_at = job.created_at + TOKEN_SECONDS
        token = job.interaction_token
        return Address(job.user_id, job.channel_id, job.message_id, job.application_id, token, dies_at)


async def edit(client: discord.Client, address: Address, rendered: Rendered) -> None:
    """Make the message look like `rendered`. Raises `Undeliverable` or `NotNow`."""
    async with _foreseen(_UPLOAD_SECONDS if rendered.files else _EDIT_SECONDS):
        if time.time() < address.token_dies_at:
            try:
                await _edit_by_token(client, address, rendered)
            except discord.HTTPException as fault:
                if fault.code not in _DEAD_TOKEN or address.message_id is None:
                    raise
            else:
                return
        await _edit_by_channel(client, address, rendered)


async def content_of(client: discord.Client, address: Address) -> str | None:
    """What the message says now; None where that cannot be found out."""
    try:
        async with asyncio.timeout(_EDIT_SECONDS):
            if time.time() < address.token_dies_at:
                webhook = discord.Webhook.partial(address.application_id, address.token, client=client)
                return (await webhook.fetch_message(cast("int", "@original"))).content
            if address.message_id is None:
                return None
            channel = client.get_partial_messageable(address.channel_id)
            return (await channel.fetch_message(address.message_id)).content
    except (discord.HTTPException, OSError, TimeoutError) as fault:
        log.info("the message could not be read: %s", fault)
        return None


async def send_privately(client: discord.Client, address: Address, job_id: str, rendered: Rendered) -> None:
    """Bring a job's end to its owner as a direct message, once. Raises `Undeliverable` or `NotNow`."""
    async with _foreseen(_UPLOAD_SECONDS):
        opened = await client.http.start_private_message(address.user_id)
        channel = client.get_partial_messageable(int(opened["id"]))
        # With a nonce Discord sends the same message once, however often it is asked to.
        await channel.send(
            f"{_ELSEWHERE.format(channel_id=address.channel_id)}\n{rendered.content}"[:_CONTENT],
            files=_files(rendered),
            nonce=job_id.replace("-", "")[:25],
            allowed_mentions=discord.AllowedMentions.none(),
        )


async def post(client: discord.Client, channel_id: int, rendered: Rendered, nonce: str) -> int:
    """Write a message, once however often it is tried (`nonce`, at most 25 characters). Returns its number. Raises
    `Undeliverable` or `NotNow`.
    """
    async with _foreseen(_UPLOAD_SECONDS):
        message = await client.get_partial_messageable(channel_id).send(
            rendered.content,
            files=_files(rendered),
            view=button_row(rendered.buttons),
            nonce=nonce,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return message.id


async def amend(client: discord.Client, channel_id: int, message_id: int, rendered: Rendered) -> None:
    """Make a message of the bot's own look like `rendered`. Raises `Undeliverable` or `NotNow`."""
    async with _foreseen(_UPLOAD_SECONDS if rendered.files else _EDIT_SECONDS):
        message = client.get_partial_messageable(channel_id).get_partial_message(message_id)
        await message.edit(**_fields(rendered))


async def remove(client: discord.Client, address: Address) -> None:
    """Delete a job's message; one that is gone already is no fault. Raises `Undeliverable` or `NotNow`."""
    try:
        async with _foreseen(_EDIT_SECONDS):
            if time.time() < address.token_dies_at:
                try:
                    webhook = discord.Webhook.partial(address.application_id, address.token, client=client)
                    await webhook.delete_message(cast("int", "@original"))
                except discord.HTTPException as fault:
                    if fault.code not in _DEAD_TOKEN or address.message_id is None:
                        raise
                else:
                    return
            await _message_of(client, address).delete()
    except Undeliverable as fault:
        if not fault.gone:
            raise


async def whisper(client: discord.Client, address: Address, text: str) -> None:
    """Say something that only the owner sees, while the token lives. Raises `Undeliverable` or `NotNow`."""
    async with _foreseen(_EDIT_SECONDS):
        webhook = discord.Webhook.partial(address.application_id, address.token, client=client)
        await webhook.send(text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())


@contextlib.asynccontextmanager
async def _foreseen(seconds: float) -> AsyncIterator[None]:
    """What Discord refuses, as what it means for us; an answer that takes longer than `seconds` is none."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except discord.HTTPException as fault:
        if fault.status >= _HTTP_SERVER_ERROR:
            raise NotNow(str(fault)) from fault
        raise Undeliverable(str(fault), gone=fault.code in _GONE) from fault
    except (OSError, TimeoutError) as fault:  # aiohttp's connection errors are OSErrors
        raise NotNow(str(fault) or type(fault).__name__) from fault


async def _edit_by_token(client: discord.Client, address: Address, rendered: Rendered) -> None:
    webhook = discord.Webhook.partial(address.application_id, address.token, client=client)
    # A job's message is the reply to its interaction, which the token knows by this name from the first moment on.
    await webhook.edit_message("@original", **_fields(rendered))  # type: ignore[call-overload]


async def _edit_by_channel(client: discord.Client, address: Address, rendered: Rendered) -> None:
    await _message_of(client, address).edit(**_fields(rendered))


def _message_of(client: discord.Client, address: Address) -> discord.PartialMessage:
    if address.message_id is None:
        raise Undeliverable("the token is dead and the message's number never arrived")
    return client.get_partial_messageable(address.channel_id).get_partial_message(address.message_id)


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
        fields["attachments"] = _files(rendered)
    return fields


def _files(rendered: Rendered) -> list[discord.File]:
    # Fresh readers each time: a File is used up by the request that sends it.
    return [
        discord.File(io.BytesIO(file.content), file.filename, description=file.description)
        for file in rendered.files or ()
    ]


def button_row(buttons: tuple[Button, ...]) -> discord.ui.View:
    """The buttons as discord.py sends them; presses are answered by their custom_id, not by this view."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        style = discord.ButtonStyle.danger if button.danger else discord.ButtonStyle.secondary
        view.add_item(discord.ui.Button(label=button.label, custom_id=button.custom_id, style=style))
    # A stopped view is not kept by discord.py: without this each edit would leave one behind for ever.
    view.stop()
    return view
