"""The bot's own messages for moderators in a channel: post one, edit it, and recognize it later. Where a channel takes
none any more, their log says so: they can change that.
"""

import logging
from typing import Final

import discord

from bot.discord_limits import NONCE
from bot.ledger import Act, Entry, Ledger
from bot.messages.rendering.rendered import Rendered
from bot.messages.requests.channels import Channels
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.payloads import button_row, fields_of, files_of
from bot.messages.requests.refusals import Undeliverable, foreseen
from bot.translation import N_, _, language_called, speaking

log = logging.getLogger(__name__)

_LOOKED_AT: Final = 50
CANNOT_POST: Final = N_("I can’t post in {channel} or attach files there")
CANNOT_SEE: Final = N_("I can’t see {channel}. Let me view it, and open a new panel with `/moderate queue`")
THREAD_ARCHIVED: Final = N_("{channel} is archived. Reopen it, or open a panel elsewhere with `/moderate queue`")
"""Why not, as the end of a sentence."""

_REPEATED_SECONDS: Final = 86_400.0
"""How often the log says so while it lasts."""


async def post(
    channels: Channels, channel_id: int, rendered: Rendered, nonce: str, urgency: Urgency = Urgency.FINISHED
) -> int:
    """Send a message. Retries with the same `nonce` (at most 25 characters) send it only once. Returns its id. Raises
    `Undeliverable` or `NotNow`.
    """
    async with (
        channels.sends(channel_id, urgency, rendered.files) as turn,
        channels.uploading(rendered.files),
        foreseen(channels.silent_seconds),
    ):
        channel = channels.client.get_partial_messageable(channel_id)
        message = await turn.result_of(
            channel.send(
                rendered.content,
                files=files_of(rendered),
                view=button_row(rendered.buttons),
                nonce=nonce,
            )
        )
        return message.id


async def post_or_bare(
    channels: Channels, channel_id: int, rendered: Rendered, bare: Rendered, nonce: str
) -> tuple[int, bool]:
    """Send a message, or `bare` in its place if Discord refuses it with its files: without the permission to attach
    them, or under a lower limit, moderators see at least that. Returns its id, and whether its files are there. Raises
    `Undeliverable` or `NotNow`.
    """
    try:
        return await post(channels, channel_id, rendered, nonce), True
    except Undeliverable as fault:
        if not rendered.files:
            raise
        log.warning("channel %d: a message is sent without its files: %s", channel_id, fault)
        return await post(channels, channel_id, bare, f"0{nonce}"[:NONCE]), False


async def amend(channels: Channels, channel_id: int, message_id: int, rendered: Rendered) -> None:
    """Edit one of the bot's own messages so that it shows `rendered`. Raises `Undeliverable` or `NotNow`."""
    async with (
        channels.edits(channel_id, message_id, Urgency.ENDED, files=rendered.files) as turn,
        channels.uploading(rendered.files),
        foreseen(channels.silent_seconds),
    ):
        message = channels.client.get_partial_messageable(channel_id).get_partial_message(message_id)
        await turn.carry_out(message.edit(**fields_of(rendered)))


async def names_of_files(channels: Channels, channel_id: int, message_id: int) -> list[str]:
    """What the files in one of the bot's own messages are called. Raises `Undeliverable` or `NotNow`."""
    async with foreseen():
        message = await channels.client.get_partial_messageable(channel_id).fetch_message(message_id)
    return [one.filename for one in message.attachments]


async def find_own(client: discord.Client, channel_id: int, custom_id: str) -> int | None:
    """The id of the bot's own message with this button, among a channel's newest ones. Raises `NotNow`."""
    try:
        async with foreseen():
            history = client.get_partial_messageable(channel_id).history(limit=_LOOKED_AT)
            async for message in history:
                if client.user == message.author and custom_id in _buttons_of(message):
                    return message.id
    except Undeliverable:
        # As below.
        return None
    return None


def _buttons_of(message: discord.Message) -> set[str | None]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return {item.custom_id for row in rows for item in row.children if isinstance(item, discord.Button)}


async def says_already(client: discord.Client, channel_id: int, heading: str) -> bool:
    """Whether one of a channel's newest messages is the bot's own and begins with `heading`. Raises `NotNow`."""
    try:
        async with foreseen():
            history = client.get_partial_messageable(channel_id).history(limit=_LOOKED_AT)
            return any([client.user == it.author and it.content.startswith(heading) async for it in history])
    except Undeliverable:
        # The bot may still be able to post in a channel that it cannot read.
        return False


async def note_refusal(ledger: Ledger, guild_id: int, channel_id: int, act: Act, why: str = CANNOT_POST) -> None:
    """Write to a guild's log that something meant for this channel couldn't be shown there, once a day. `act` says what
    it was. Raises `LedgerAway`.
    """
    with speaking(language_called(await ledger.rules.language(guild_id))):
        said = _(why).format(channel=f"<#{channel_id}>")
    await ledger.audit.record_once(Entry(guild_id, act, detail=f"refused: {said}"), _REPEATED_SECONDS)
