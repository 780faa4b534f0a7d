"""Editing a job's message over REST: the interaction's token while it lives, the bot's own token after that."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final, cast

import aiohttp
import discord

from bot.errors import DarkroomError
from bot.ledger import Job, NewJob
from bot.messages.channels import Channels, Limited, Turn
from bot.messages.pacing import Urgency
from bot.messages.payloads import fields_of, files_of
from bot.messages.rendering import Rendered

log = logging.getLogger(__name__)

TOKEN_SECONDS: Final = 15 * 60 - 20.0
"""An interaction's token lives 15 minutes; a request that begins in the last moments may arrive too late."""
EDIT_SECONDS: Final = 30.0
UPLOAD_SECONDS: Final = 180.0
_INVALID_TOKEN, _UNKNOWN_WEBHOOK, _UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE = 50027, 10015, 10003, 10008
_DEAD_TOKEN: Final = {_INVALID_TOKEN, _UNKNOWN_WEBHOOK}
_GONE: Final = {_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE}
"""There is nothing left to edit."""
_ABSENT: Final = {*_GONE, _UNKNOWN_WEBHOOK}
"""Discord says the last one of a token whose interaction was never answered."""
_UNAUTHORIZED, _REQUEST_TIMEOUT, _TOO_MANY_REQUESTS, _SERVER_ERROR = 401, 408, 429, 500
_REFUSED: Final = {400, 413}
_OUT_OF_REACH: Final = "the token is dead, and nothing else reaches the message"
_CONTENT: Final = 2000
_ELSEWHERE: Final = "-# From <#{channel_id}>, where I cannot write any more."
_PRIVATELY: Final = "-# From <#{channel_id}>, where you asked for it privately and I cannot answer any more."


class Undeliverable(DarkroomError):  # noqa: N818
    """The message cannot be edited, and trying again will not help.

    `gone`: somebody has deleted it, or it never was there. `refused`: Discord does not take what it should say.
    """

    def __init__(self, reason: str, *, gone: bool = False, refused: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone
        self.refused = refused


class NotNow(DarkroomError):  # noqa: N818
    """The edit did not go through, but it may later. `limited`: as soon as there is a turn for it again."""

    def __init__(self, reason: str, *, limited: bool = False) -> None:
        super().__init__(reason)
        self.limited = limited


class TokenDead(DarkroomError):  # noqa: N818
    """The interaction's token does not reach the message any more; its channel may."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a job's message is, and whose. `message_id` None: its number never reached us, only the token does.
    A `private` one never is among the channel's messages: only the token reaches it as well.
    """

    user_id: int
    channel_id: int
    message_id: int | None
    application_id: int
    token: str
    token_dies_at: float
    private: bool = False

    @property
    def has_token(self) -> bool:
        """Whether the token still works, as far as we know."""
        return time.time() < self.token_dies_at

    @property
    def in_channel(self) -> bool:
        """Whether the bot's own token may reach it: as a message of its channel."""
        return self.message_id is not None and not self.private

    def without_token(self) -> Address:
        """The same, once Discord has said that the token is dead."""
        return replace(self, token_dies_at=0.0)

    @staticmethod
    def of_new(job: NewJob) -> Address:
        """Where the reply to an order that has just come in will be."""
        dies_at = time.time() + TOKEN_SECONDS
        token = job.interaction_token
        return Address(job.user_id, job.channel_id, None, job.application_id, token, dies_at, job.private)

    @staticmethod
    def of(job: Job) -> Address:
        """Where a job's message is."""
        dies_at = job.created_at + TOKEN_SECONDS
        token = job.interaction_token
        return Address(job.user_id, job.channel_id, job.message_id, job.application_id, token, dies_at, job.private)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as Discord has it."""

    message_id: int
    content: str


async def edit(client: discord.Client, address: Address, rendered: Rendered, turn: Turn | None) -> None:
    """Make the message look like `rendered`: in a turn of its channel, or by the interaction's token without one.

    Raises `TokenDead` where the channel may reach the message, `Undeliverable` or `NotNow`.
    """
    async with foreseen(UPLOAD_SECONDS if rendered.files else EDIT_SECONDS):
        if turn is not None:
            await turn.carry_out(_message_of(client, address).edit(**fields_of(rendered)))
            return
        if not (address.has_token or address.in_channel):
            raise Undeliverable(_OUT_OF_REACH)
        try:
            await _edit_by_token(client, address, rendered)
        except discord.HTTPException as fault:
            if fault.code in _DEAD_TOKEN and address.message_id is not None:
                raise TokenDead(str(fault)) from fault
            raise


async def look(client: discord.Client, address: Address) -> Seen | None:
    """The message as it stands; None: it was never sent, or is deleted. Raises `Undeliverable` where it is out of
    sight, or `NotNow`.
    """
    try:
        async with foreseen(EDIT_SECONDS):
            message = await _fetch(client, address)
    except Undeliverable as fault:
        if fault.gone:
            return None
        raise
    return Seen(message.id, message.content)


async def _fetch(client: discord.Client, address: Address) -> discord.Message:
    if address.has_token:
        webhook = discord.Webhook.partial(address.application_id, address.token, client=client)
        try:
            return await webhook.fetch_message(cast("int", "@original"))
        except discord.HTTPException as fault:
            if fault.code not in _DEAD_TOKEN or address.message_id is None:
                raise
    return await client.get_partial_messageable(address.channel_id).fetch_message(_number(address))


async def send_privately(channels: Channels, address: Address, job_id: str, rendered: Rendered) -> None:
    """Bring a job's end to its owner as a direct message, once. Raises `Undeliverable` or `NotNow`."""
    async with channels.uploading(rendered.files), foreseen(UPLOAD_SECONDS):
        opened = await channels.client.http.start_private_message(address.user_id)
        channel = channels.client.get_partial_messageable(int(opened["id"]))
        async with channels.sends(channel.id, Urgency.FINISHED) as turn:
            # With a nonce Discord sends the same message once, however often it is asked to.
            await turn.result_of(
                channel.send(
                    f"{_where_from(address)}\n{rendered.content}"[:_CONTENT],
                    files=files_of(rendered),
                    nonce=job_id.replace("-", "")[:25],
                    allowed_mentions=discord.AllowedMentions.none(),
                )
            )


def _where_from(address: Address) -> str:
    return (_PRIVATELY if address.private else _ELSEWHERE).format(channel_id=address.channel_id)


async def remove(channels: Channels, address: Address) -> bool:
    """Delete a job's message. False: it was gone already. Raises `Undeliverable` or `NotNow`."""
    try:
        async with foreseen(EDIT_SECONDS):
            if address.has_token:
                try:
                    webhook = discord.Webhook.partial(address.application_id, address.token, client=channels.client)
                    await webhook.delete_message(cast("int", "@original"))
                except discord.HTTPException as fault:
                    if fault.code not in _DEAD_TOKEN or address.message_id is None:
                        raise
                else:
                    return True
            await channels.delete(address.channel_id, _number(address))
    except Undeliverable as fault:
        if not fault.gone:
            raise
        return False
    return True


async def whisper(client: discord.Client, address: Address, text: str) -> None:
    """Say something that only the owner sees, while the token lives. Raises `Undeliverable` or `NotNow`."""
    async with foreseen(EDIT_SECONDS):
        webhook = discord.Webhook.partial(address.application_id, address.token, client=client)
        # What it is: discord.py lets no other kind say anything privately.
        webhook.type = discord.WebhookType.application
        await webhook.send(text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())


@contextlib.asynccontextmanager
async def foreseen(seconds: float) -> AsyncIterator[None]:
    """What Discord refuses, as what it means for us; an answer that takes longer than `seconds` is none."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except Limited as fault:
        raise NotNow(str(fault), limited=True) from fault
    except discord.HTTPException as fault:
        if _may_pass(fault):
            raise NotNow(str(fault)) from fault
        raise Undeliverable(str(fault), gone=fault.code in _ABSENT, refused=fault.status in _REFUSED) from fault
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        raise NotNow(str(fault) or type(fault).__name__) from fault


def _may_pass(fault: discord.HTTPException) -> bool:
    """Whether the same request may go through later: nothing is wrong with the message itself."""
    # A 401 without a code of its own is about the bot's token, which its operator may be changing just now.
    unauthorized = fault.status == _UNAUTHORIZED and not fault.code
    return unauthorized or fault.status in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS} or fault.status >= _SERVER_ERROR


async def _edit_by_token(client: discord.Client, address: Address, rendered: Rendered) -> None:
    webhook = discord.Webhook.partial(address.application_id, address.token, client=client)
    # A job's message is the reply to its interaction, which the token knows by this name from the first moment on.
    await webhook.edit_message("@original", **fields_of(rendered))  # type: ignore[call-overload]


def _message_of(client: discord.Client, address: Address) -> discord.PartialMessage:
    return client.get_partial_messageable(address.channel_id).get_partial_message(_number(address))


def _number(address: Address) -> int:
    if not address.in_channel or address.message_id is None:
        raise Undeliverable(_OUT_OF_REACH)
    return address.message_id
