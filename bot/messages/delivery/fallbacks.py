"""Deliver a result when the job's message cannot be edited: as a new message in its channel, or a direct message."""

import asyncio
import logging
from typing import Final

import discord

from bot.discord_internals import direct_channel
from bot.discord_limits import CONTENT, NONCE
from bot.ledger import JobState
from bot.messages.delivery.edits import Address, FetchedMessage, edit, turn_to_edit
from bot.messages.rendering.job_rendering import ending_of, render_moved
from bot.messages.rendering.rendered import Rendered
from bot.messages.rendering.result_buttons import AGAIN_ID, GRID_DELETE_ID, RETRY_ID
from bot.messages.requests.channels import Channels
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.payloads import controls_of, files_of, only_user
from bot.messages.requests.refusals import Cause, NotNow, TokenDead, Undeliverable, foreseen
from bot.translation import N_, _

log = logging.getLogger(__name__)

_LOOKED_AT: Final = 50
_RETIRE_SECONDS: Final = (1.0, 3.0)
_FOR_OWNER: Final = N_("-# For <@{user_id}>")
_FROM_CHANNEL: Final = N_("-# From <#{channel_id}>, where I can’t post.")
_IN_HISTORY: Final = N_("-# `/history` there has each image in full size.")
_FROM_REPLY: Final = N_("-# From <#{channel_id}>, where you asked for it privately. I can no longer edit that reply.")
_NO_CHANNEL: Final = {Cause.NO_CHANNEL, Cause.NO_ACCESS}
"""Causes that would also prevent a new message in the channel."""
_NOT_EDITABLE: Final = {Cause.NO_MESSAGE, *_NO_CHANNEL}
"""Causes after which the old message cannot be edited at all. Otherwise an edit may work later: a new message reopens
an archived thread, or Discord refused only the files or the text.
"""


async def send_elsewhere(
    channels: Channels,
    address: Address,
    job_id: str,
    rendered: Rendered,
    cause: Cause,
    silent_seconds: float,
    *,
    again: bool,
) -> int | None:
    """Deliver a job's result after Discord refused to edit its message because of `cause`. Then also remove the bar and
    buttons from the old message, if it can be edited by now. Returns the id of the new message in the channel, or None
    if a direct message was sent. Raises `Undeliverable` or `NotNow`.

    The next way is tried only after Discord has refused the one before. If the outcome is unknown, the same request is
    repeated (`again`), and its nonce prevents a second message. Discord remembers nonces for a few minutes only, so the
    channel is searched for the message first.
    """
    if again and (seen := await find_moved(channels, address, job_id)) is not None:
        return seen.message_id
    if not address.private and cause not in _NO_CHANNEL:
        try:
            message_id = await _send_in_channel(channels, address, job_id, rendered, silent_seconds)
        except Undeliverable as fault:
            if fault.cause is Cause.TOO_LARGE and rendered.files:
                raise
            log.info("job %s: could not send a new message to its channel either: %s", job_id, fault)
        else:
            if cause not in _NOT_EDITABLE:
                await retire(channels, address, job_id, rendered.content, message_id)
            return message_id
    await _send_privately(channels, address, job_id, rendered, silent_seconds)
    # A thread that refuses new messages is locked. A private reply does not depend on its channel.
    if cause is not Cause.NO_MESSAGE if address.private else cause not in {*_NOT_EDITABLE, Cause.ARCHIVED}:
        await retire(channels, address, job_id, rendered.content, None)
    return None


async def find_moved(channels: Channels, address: Address, job_id: str) -> FetchedMessage | None:
    """A new message with the job's result, sent by a process that died right after sending it, or by a request whose
    response was lost. The old message then loses its bar and buttons.
    """
    seen = await _sent_already(channels.client, address, job_id)
    if seen is not None:
        await retire(channels, address, job_id, seen.content, seen.message_id)
    return seen


async def _sent_already(client: discord.Client, address: Address, job_id: str) -> FetchedMessage | None:
    if not address.in_channel or address.message_id is None:
        return None
    ours = {AGAIN_ID.format(job_id=job_id), RETRY_ID.format(job_id=job_id), GRID_DELETE_ID.format(grid_id=job_id)}
    after = discord.Object(address.message_id)
    try:
        async with foreseen():
            newer = client.get_partial_messageable(address.channel_id).history(limit=_LOOKED_AT, after=after)
            async for message in newer:
                found = FetchedMessage.of(message)
                if message.author == client.user and ours.intersection(found.custom_ids):
                    return found
    except (Undeliverable, NotNow) as fault:
        log.info("job %s: it is not known whether its result was sent as a new message: %s", job_id, fault)
    return None


async def retire(channels: Channels, address: Address, job_id: str, content: str, message_id: int | None) -> None:
    """Remove the bar and buttons from the message that could not be edited, if Discord allows that by now. `content` is
    the result it should have shown; that is now in message `message_id`, or in a direct message (None).
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


async def _send_in_channel(
    channels: Channels, address: Address, job_id: str, rendered: Rendered, silent_seconds: float
) -> int:
    """The message is not a reply to a command, so it names the job's owner. It mentions nobody else."""
    channel = channels.client.get_partial_messageable(address.channel_id)
    async with (
        channels.sends(channel.id, Urgency.FINISHED, rendered.files) as turn,
        channels.uploading(rendered.files),
        foreseen(silent_seconds),
    ):
        message = await turn.result_of(
            channel.send(
                f"{_(_FOR_OWNER).format(user_id=address.user_id)}\n{rendered.content}"[:CONTENT],
                files=files_of(rendered),
                view=controls_of(rendered),
                nonce=_nonce(job_id),
                allowed_mentions=only_user(address.user_id),
            )
        )
    return message.id


async def _send_privately(
    channels: Channels, address: Address, job_id: str, rendered: Rendered, silent_seconds: float
) -> None:
    async with foreseen(silent_seconds):
        channel = await direct_channel(channels.client, address.user_id)
    where = _(_FROM_REPLY if address.private else _FROM_CHANNEL).format(channel_id=address.channel_id)
    if rendered.menu is not None:
        # A direct message has no controls.
        where = f"{where}\n{_(_IN_HISTORY)}"
    async with (
        channels.sends(channel.id, Urgency.FINISHED, rendered.files) as turn,
        channels.uploading(rendered.files),
        foreseen(silent_seconds),
    ):
        await turn.result_of(
            channel.send(
                f"{where}\n{rendered.content}"[:CONTENT],
                files=files_of(rendered),
                nonce=_nonce(job_id),
            )
        )


def _nonce(job_id: str) -> str:
    """Discord sends a message with the same nonce only once, however often the request is repeated."""
    return job_id.replace("-", "")[:NONCE]


def _link(address: Address, message_id: int) -> str:
    return f"https://discord.com/channels/{address.guild_id or '@me'}/{address.channel_id}/{message_id}"
