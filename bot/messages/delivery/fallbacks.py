"""How a job's end reaches its owner where its message cannot be edited: a new message there, or a direct message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Final

import discord

from bot.discord_internals import direct_channel
from bot.discord_limits import CONTENT, NONCE
from bot.ledger import JobState
from bot.messages.delivery.edits import EDIT_SECONDS, UPLOAD_SECONDS, Address, Seen, edit, turn_to_edit
from bot.messages.rendering.job_rendering import Rendered, ending_of, render_moved
from bot.messages.rendering.result_buttons import AGAIN_ID, RETRY_ID
from bot.messages.requests.channels import Channels
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.payloads import button_row, files_of
from bot.messages.requests.refusals import Cause, NotNow, TokenDead, Undeliverable, foreseen
from bot.translation import N_, _

log = logging.getLogger(__name__)

_LOOKED_AT: Final = 50
_RETIRE_SECONDS: Final = (1.0, 3.0)
_FOR: Final = N_("-# For <@{user_id}>")
_ELSEWHERE: Final = N_("-# From <#{channel_id}>, where I can’t post.")
_PRIVATELY: Final = N_("-# From <#{channel_id}>, where you asked for it privately. I can’t edit that reply any more.")
_NO_CHANNEL: Final = {Cause.NO_CHANNEL, Cause.NO_ACCESS}
"""A new message there would be refused as well."""
_LOST: Final = {Cause.NO_MESSAGE, *_NO_CHANNEL}
"""The old message cannot be edited at all. Elsewhere it may be: a new message has opened its thread again, or it was
only the files or words that Discord did not take.
"""


async def send_elsewhere(
    channels: Channels, address: Address, job_id: str, rendered: Rendered, cause: Cause
) -> int | None:
    """Bring a job's end to its owner after its message could not be edited because of `cause`, and take bar and buttons
    off that message if it can be edited by then. Returns the number of the new message in its channel; None: it went
    as a direct message. Raises `Undeliverable` or `NotNow`.

    The next way is only tried once Discord has refused the one before: whatever is in doubt is tried again, and its
    nonce makes it one message.
    """
    if not address.private and cause not in _NO_CHANNEL:
        try:
            message_id = await _send_in_channel(channels, address, job_id, rendered)
        except Undeliverable as fault:
            if fault.cause is Cause.TOO_LARGE and rendered.files:
                raise
            log.info("job %s: could not send a new message to its channel either: %s", job_id, fault)
        else:
            if cause not in _LOST:
                await retire(channels, address, job_id, rendered.content, message_id)
            return message_id
    await _send_privately(channels, address, job_id, rendered)
    # A thread that took no new message is locked; what becomes of channels is nothing to a private reply.
    if cause is not Cause.NO_MESSAGE if address.private else cause not in {*_LOST, Cause.ARCHIVED}:
        await retire(channels, address, job_id, rendered.content, None)
    return None


async def sent_already(client: discord.Client, address: Address, job_id: str) -> Seen | None:
    """A new message in the job's channel that shows its end, from a process that died right after it was sent."""
    if not address.in_channel or address.message_id is None:
        return None
    ours = {AGAIN_ID.format(job_id=job_id), RETRY_ID.format(job_id=job_id)}
    after = discord.Object(address.message_id)
    try:
        async with foreseen(EDIT_SECONDS):
            newer = client.get_partial_messageable(address.channel_id).history(limit=_LOOKED_AT, after=after)
            async for message in newer:
                if message.author == client.user and ours.intersection(_custom_ids(message)):
                    return Seen(message.id, message.content)
    except (Undeliverable, NotNow) as fault:
        log.info("job %s: it is not known whether its result was sent as a new message: %s", job_id, fault)
    return None


async def retire(channels: Channels, address: Address, job_id: str, content: str, message_id: int | None) -> None:
    """Take bar and buttons off the message that could not be edited, as far as Discord lets it be edited by now.
    `content` is what it had to say; that stands in the message `message_id`, None: in a direct message.
    """
    ended = ending_of(content) or JobState.DONE
    moved = render_moved(content, ended, None if message_id is None else _link(address, message_id))
    for pause in (0.0, *_RETIRE_SECONDS):
        await asyncio.sleep(pause)
        try:
            async with turn_to_edit(channels, address, Urgency.ENDED) as turn:
                await edit(channels.client, address, moved, turn)
        except TokenDead:
            address = address.without_token()
        except NotNow as fault:
            log.info("job %s: the buttons stay on its old message for now: %s", job_id, fault)
        except Undeliverable as fault:
            log.info("job %s: the buttons stay on its old message: %s", job_id, fault)
            return
        else:
            return


def _custom_ids(message: discord.Message) -> Iterator[str | None]:
    for row in message.components:
        if isinstance(row, discord.ActionRow):
            yield from (child.custom_id for child in row.children)


async def _send_in_channel(channels: Channels, address: Address, job_id: str, rendered: Rendered) -> int:
    """It answers no command that would show whose it is, so it names its owner, and mentions nobody else."""
    channel = channels.client.get_partial_messageable(address.channel_id)
    owner = discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(address.user_id)]
    )
    async with (
        channels.sends(channel.id, Urgency.FINISHED, rendered.files) as turn,
        channels.uploading(rendered.files),
        foreseen(UPLOAD_SECONDS),
    ):
        message = await turn.result_of(
            channel.send(
                f"{_(_FOR).format(user_id=address.user_id)}\n{rendered.content}"[:CONTENT],
                files=files_of(rendered),
                view=button_row(rendered.buttons),
                nonce=_nonce(job_id),
                allowed_mentions=owner,
            )
        )
    return message.id


async def _send_privately(channels: Channels, address: Address, job_id: str, rendered: Rendered) -> None:
    async with foreseen(UPLOAD_SECONDS):
        channel = await direct_channel(channels.client, address.user_id)
        where = _(_PRIVATELY if address.private else _ELSEWHERE).format(channel_id=address.channel_id)
        async with (
            channels.sends(channel.id, Urgency.FINISHED, rendered.files) as turn,
            channels.uploading(rendered.files),
        ):
            await turn.result_of(
                channel.send(
                    f"{where}\n{rendered.content}"[:CONTENT],
                    files=files_of(rendered),
                    nonce=_nonce(job_id),
                )
            )


def _nonce(job_id: str) -> str:
    """With a nonce Discord sends the same message once, however often it is asked to."""
    return job_id.replace("-", "")[:NONCE]


def _link(address: Address, message_id: int) -> str:
    return f"https://discord.com/channels/{address.guild_id or '@me'}/{address.channel_id}/{message_id}"
