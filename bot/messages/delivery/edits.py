"""Edit a job's message over REST: with the interaction's token while it is valid, then with the bot's own token."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import discord

from bot.discord_internals import Reply
from bot.ledger import Grid, Job, NewJob
from bot.messages.rendering.rendered import Attachment, Rendered
from bot.messages.requests.channels import Channels, Turn
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.payloads import fields_of
from bot.messages.requests.refusals import (
    Cause,
    TokenDead,
    Undeliverable,
    foreseen,
    only_the_token_fails,
    token_is_dead,
)
from bot.messages.requests.stalled_requests import SILENT_SECONDS

TOKEN_SECONDS: Final = 15 * 60 - 20.0
"""Seconds. An interaction's token is valid for 15 minutes; a request in its last moments might arrive too late."""
PARTING_SECONDS: Final = 13 * 60.0
"""Age at which a message that only its token reaches says where the result will go: its text may then stay forever."""
_GONE: Final = {Cause.NO_MESSAGE, Cause.NO_CHANNEL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a job's message is and who owns the job. `message_id` None: its id is unknown, so only the interaction's
    token can reach it. The same goes for a `private` reply, which is not one of the channel's messages. An empty
    `token`: the message is not the reply to an interaction.
    """

    user_id: int
    channel_id: int
    message_id: int | None
    application_id: int
    token: str
    token_dies_at: float
    private: bool = False
    guild_id: int | None = None
    visible: bool = True
    """Whether the bot saw the channel when the job came in."""
    followup: bool = False
    """Whether it is a follow-up: the token reaches it by its id only, not as the reply."""
    taken: bool = False
    """Another program that uses the same token has answered. What the token reaches is that program's message."""

    @property
    def parting(self) -> bool:
        """Whether only the token reaches it, and not for much longer."""
        alone = self.private or not self.visible
        return alone and time.time() >= self.token_dies_at - TOKEN_SECONDS + PARTING_SECONDS

    @property
    def has_token(self) -> bool:
        """Whether the token is still valid, as far as known."""
        return bool(self.token) and time.time() < self.token_dies_at

    @property
    def in_channel(self) -> bool:
        """Whether the bot's own token can reach it as a message in its channel."""
        return self.message_id is not None and not self.private

    def without_token(self) -> Address:
        """The same address, after Discord said that the token is invalid."""
        return replace(self, token_dies_at=0.0)

    def given_up(self) -> Address:
        """The same address, after it turned out that another program has answered."""
        return replace(self, token="", taken=True)

    def owns(self, found: FetchedMessage, job_id: str) -> bool:
        """Whether a message that the token reaches is this job's. Its first state has a button with the job's id, or,
        while the job's files are being fetched, is no more than "thinking". An address with a known id was confirmed.
        """
        return self.message_id is not None or found.loading or any(job_id in one for one in found.custom_ids)

    @staticmethod
    def of_new(job: NewJob) -> Address:
        """Where the reply to a new request will be."""
        return _address(job, None, time.time())

    @staticmethod
    def of(job: Job) -> Address:
        """Where the message of a stored job is."""
        return _address(job, job.message_id, job.created_at)

    @staticmethod
    def of_grid(grid: Grid) -> Address:
        """Where the sheet of a grid is."""
        return Address(
            user_id=grid.user_id,
            channel_id=grid.channel_id,
            message_id=grid.message_id,
            application_id=grid.application_id,
            token=grid.interaction_token,
            token_dies_at=grid.created_at + TOKEN_SECONDS,
            private=grid.private,
            guild_id=grid.guild_id,
            visible=grid.channel_visible,
        )


def _address(job: NewJob | Job, message_id: int | None, requested_at: float) -> Address:
    return Address(
        user_id=job.user_id,
        channel_id=job.channel_id,
        message_id=message_id,
        application_id=job.application_id,
        token=job.interaction_token,
        token_dies_at=(requested_at if job.pressed_at is None else job.pressed_at) + TOKEN_SECONDS,
        private=job.private,
        guild_id=job.guild_id,
        visible=job.channel_visible,
        followup=job.pressed_at is not None,
    )


@contextlib.asynccontextmanager
async def turn_to_edit(
    channels: Channels,
    address: Address,
    urgency: Urgency,
    since: float | None = None,
    files: Iterable[Attachment] | None = None,
) -> AsyncIterator[Turn | None]:
    """The message's turn in its channel, with these files; None at once if the token reaches it, or nothing does."""
    if address.has_token or not address.in_channel or address.message_id is None:
        yield None
        return
    async with channels.edits(address.channel_id, address.message_id, urgency, since, files) as turn:
        yield turn


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    """A message as it is on Discord now."""

    message_id: int
    content: str
    custom_ids: tuple[str, ...] = ()
    loading: bool = False

    @staticmethod
    def of(message: discord.Message) -> FetchedMessage:
        """What counts of a message."""
        rows = [row.children for row in message.components if isinstance(row, discord.ActionRow)]
        ids = tuple(child.custom_id for row in rows for child in row if child.custom_id is not None)
        return FetchedMessage(message.id, message.content, ids, message.flags.loading)


async def edit(
    client: discord.Client,
    address: Address,
    rendered: Rendered,
    turn: Turn | None,
    silent_seconds: float = SILENT_SECONDS,
) -> None:
    """Edit the message so that it shows `rendered`: through its channel if there is a `turn`, else by the token.

    Raises `TokenDead` if the channel may still reach the message, `Undeliverable` or `NotNow`.
    """
    async with foreseen(silent_seconds):
        if turn is not None:
            await turn.carry_out(_message_of(client, address).edit(**fields_of(rendered)))
            return
        if address.taken:
            raise Undeliverable("another program has answered", Cause.NO_MESSAGE)
        if not (address.has_token or address.in_channel):
            raise Undeliverable("the token is dead, and nothing else reaches the message")
        try:
            await _reply_at(client, address).edit(**fields_of(rendered))
        except discord.HTTPException as fault:
            known = address.message_id is not None and token_is_dead(fault.code)
            if known or (address.in_channel and only_the_token_fails(fault.status, fault.code)):
                raise TokenDead(str(fault)) from fault
            raise


async def correct(channels: Channels, address: Address, rendered: Rendered) -> None:
    """Change the final state that a message shows, if it can still be reached. Raises `Undeliverable` or `NotNow`."""
    try:
        await _correct(channels, address, rendered)
    except TokenDead:
        await _correct(channels, address.without_token(), rendered)


async def _correct(channels: Channels, address: Address, rendered: Rendered) -> None:
    async with (
        turn_to_edit(channels, address, Urgency.ENDED, None, rendered.files) as turn,
        channels.uploading(rendered.files),
    ):
        await edit(channels.client, address, rendered, turn, channels.silent_seconds)


async def look(client: discord.Client, address: Address) -> FetchedMessage | None:
    """Fetch the message; None if it was never sent or is deleted. Raises `Undeliverable` if the bot cannot see it, or
    `NotNow`.
    """
    try:
        async with foreseen():
            message = await _fetch(client, address)
    except Undeliverable as fault:
        if fault.cause in _GONE:
            return None
        raise
    return FetchedMessage.of(message)


async def attachments_at(client: discord.Client, address: Address) -> Sequence[discord.Attachment]:
    """The files that the message shows now. Raises `Undeliverable` or `NotNow`."""
    async with foreseen():
        return (await _fetch(client, address)).attachments


async def is_deleted(client: discord.Client, address: Address) -> bool:
    """Whether the message was in its channel and was deleted, for example by a moderator. Raises `NotNow`."""
    try:
        async with foreseen():
            channel = client.get_partial_messageable(address.channel_id)
            await channel.fetch_message(_number(address))
    except Undeliverable as fault:
        return fault.cause is Cause.NO_MESSAGE
    return False


async def _fetch(client: discord.Client, address: Address) -> discord.Message:
    if address.has_token:
        try:
            return await _reply_at(client, address).fetch()
        except discord.HTTPException as fault:
            if address.message_id is None or not token_is_dead(fault.code):
                raise
    return await client.get_partial_messageable(address.channel_id).fetch_message(_number(address))


async def remove(channels: Channels, address: Address) -> bool:
    """Delete a job's message. False if it was gone already. Raises `Undeliverable` or `NotNow`."""
    try:
        async with foreseen():
            if address.has_token:
                try:
                    await _reply_at(channels.client, address).delete()
                except discord.HTTPException as fault:
                    if address.message_id is None or not token_is_dead(fault.code):
                        raise
                else:
                    return True
            await channels.delete(address.channel_id, _number(address))
    except Undeliverable as fault:
        if fault.cause not in _GONE:
            raise
        return False
    return True


async def whisper(client: discord.Client, address: Address, text: str) -> None:
    """Send the owner a message that only they see, while the token is valid. Raises `Undeliverable` or `NotNow`."""
    async with foreseen():
        await _reply_at(client, address).whisper(text)


def _reply_at(client: discord.Client, address: Address) -> Reply:
    """The message as its interaction's token reaches it."""
    if not address.followup:
        return Reply(client, address.application_id, address.token)
    if address.message_id is None:
        raise Undeliverable("it is not known which follow-up it is, if it was sent", Cause.NO_MESSAGE)
    return Reply(client, address.application_id, address.token, address.message_id)


def _message_of(client: discord.Client, address: Address) -> discord.PartialMessage:
    return client.get_partial_messageable(address.channel_id).get_partial_message(_number(address))


def _number(address: Address) -> int:
    if not address.in_channel or address.message_id is None:
        raise Undeliverable("the token is dead, and nothing else reaches the message")
    return address.message_id
