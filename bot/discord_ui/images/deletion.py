"""Delete: asks, then takes a job's message away, for its owner and for moderators. The ledger keeps the job."""

from __future__ import annotations

import logging
import time
from typing import Final

import discord

from bot.discord_ui.access.jobs import job_here, may_decide, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.ledger import Act, Entry, Job
from bot.messages import TOKEN_SECONDS, Address, NotNow, Undeliverable, place_of, remove

log = logging.getLogger(__name__)

DELETE_SURE_ID: Final = "darkroom:delete:sure:{job_id}:{key}"
DELETE_KEEP_ID: Final = "darkroom:delete:keep:{job_id}"

_SURE: Final = "Delete this image for everyone?"
_NOT_YOURS: Final = "That picture is not yours: only the member who ordered it, or a moderator, can delete it."
_DELETED: Final = "🗑️ Deleted, and `/history` will not show it."
_GONE: Final = "Its message was gone already, and `/history` will not show it."
_ALREADY: Final = "That image was deleted already."
_REFUSED: Final = "I couldn’t delete the message: Discord doesn’t let me. A moderator can delete it by hand."
_NOT_NOW: Final = "Discord didn’t delete the message just now. Please press **Delete** under it again in a moment."
_KEPT: Final = "Kept."


async def press_delete(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Ask before the message under which this was pressed is deleted, and the job's own where that is another one."""
    job = await _decided_by(interaction, job_id)
    if job is None:
        return
    # A press that is deferred keeps its token for the message under which it was pressed: the answer comes beside it.
    await interaction.response.defer()
    key = interaction.client.pending.keep(interaction.user.id, _pressed(interaction))
    sure, spare = DELETE_SURE_ID.format(job_id=job.id, key=key), DELETE_KEEP_ID.format(job_id=job.id)
    view = view_of(
        discord.ui.Button(label="Delete", custom_id=sure, style=discord.ButtonStyle.danger),
        discord.ui.Button(label="Keep", custom_id=spare),
    )
    await interaction.followup.send(_SURE, view=view, ephemeral=True)


async def press_sure(interaction: discord.Interaction[Darkroom], job_id: str, key: str) -> None:
    """The answer was yes."""
    bot, by = interaction.client, interaction.user.id
    job = await _decided_by(interaction, job_id)
    if job is None:
        return
    await interaction.response.defer()
    first = await record_deletion(bot, job, by)
    said = await _delete(bot, job, bot.pending.find(by, key, Address), first=first)
    if seen_by_one(interaction):
        await interaction.edit_original_response(content=said, view=None)
    else:
        await tell(interaction, said)


async def record_deletion(bot: Darkroom, job: Job, by: int) -> bool:
    """Write down who deletes a job, for moderators to look up where it is not its owner. Whether they are the first."""
    first = await bot.ledger.deleted(job.id, by=by)
    log.info("job %s: user %d deleted its message", job.id, by)
    if first and by != job.user_id and job.guild_id is not None:
        bot.moderators_log.note(Entry(job.guild_id, Act.DELETED, by, job.user_id, job.id, place_of(job)))
    return first


async def press_spare(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """The answer was no."""
    # A changed client presses anything under any message: only the question itself gives way to its answer.
    if seen_by_one(interaction):
        await interaction.response.edit_message(content=_KEPT, view=None)
    else:
        await tell(interaction, _KEPT)


async def _decided_by(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """The job, if this member may delete it; else they have been told why not."""
    job = await job_here(interaction, job_id)
    if job is not None and not await may_decide(interaction, job):
        await tell(interaction, _NOT_YOURS)
        return None
    return job


def _pressed(interaction: discord.Interaction[Darkroom]) -> Address:
    """Where the message of this press is. Its token also reaches it where the bot sees no channel, and where nobody
    else sees it.
    """
    message = interaction.message
    return Address(
        user_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        message_id=None if message is None else message.id,
        application_id=interaction.application_id,
        token=interaction.token,
        token_dies_at=time.time() + TOKEN_SECONDS,
        private=message is not None and message.flags.ephemeral,
    )


async def _delete(bot: Darkroom, job: Job, pressed: Address | None, *, first: bool) -> str:
    """Delete all messages that carry the job; what is true after that. Without `pressed` it was asked before a restart,
    or by another process.
    """
    said = None
    deleted = False
    for address in _carriers(job, pressed):
        try:
            deleted |= await remove(bot.channels, address)
        except (Undeliverable, NotNow) as fault:
            log.warning("job %s: could not delete its message: %s", job.id, fault)
            said = _NOT_NOW if isinstance(fault, NotNow) else _REFUSED
    if said is not None:
        return said
    if deleted:
        return _DELETED
    return _GONE if first else _ALREADY


def _carriers(job: Job, pressed: Address | None) -> list[Address]:
    """Where the job is to be seen, as far as it can be reached."""
    own = Address.of(job)
    if not job.private:
        # After Publish the order's token leads to the private copy.
        own = own.without_token()
    found = [pressed] if pressed is not None else []
    if pressed is None or pressed.message_id != job.message_id:
        found.append(own)
    # What only one member sees is out of reach without its token, and gone when they restart Discord.
    return [one for one in found if one.has_token or not one.private] or [own]
