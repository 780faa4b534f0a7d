"""The button Delete: asks, then deletes a job's message, for its requester or a moderator. The ledger keeps the job."""

import logging
import time
from collections.abc import Sequence
from typing import Final

import discord

from bot.discord_ui.access.jobs import job_here, may_decide, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.ledger import Job
from bot.messages import TOKEN_SECONDS, Address, NotNow, Undeliverable, copy_from_message, place_of, remove
from bot.translation import _

log = logging.getLogger(__name__)

DELETE_SURE_ID: Final = "darkroom:delete:sure:{job_id}:{key}"
DELETE_KEEP_ID: Final = "darkroom:delete:keep:{job_id}"


async def press_delete(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Ask whether to delete the message with the pressed button and, if the job has another message, that one too."""
    job = await _deletable_job(interaction, job_id)
    if job is None:
        return
    # After this defer, the interaction's token can still delete the message with the pressed button. So the question is
    # a follow-up message of its own.
    await interaction.response.defer()
    key = interaction.client.pending.keep(interaction.user.id, _pressed(interaction))
    confirm, keep = DELETE_SURE_ID.format(job_id=job.id, key=key), DELETE_KEEP_ID.format(job_id=job.id)
    view = view_of(
        discord.ui.Button(label=_("Delete"), custom_id=confirm, style=discord.ButtonStyle.danger),
        discord.ui.Button(label=_("Keep"), custom_id=keep),
    )
    await interaction.followup.send(_("Delete this image for everyone?"), view=view, ephemeral=True)


async def press_confirm(interaction: discord.Interaction[Darkroom], job_id: str, key: str) -> None:
    """Delete the image: the member confirmed it."""
    bot, by = interaction.client, interaction.user.id
    job = await _deletable_job(interaction, job_id)
    if job is None:
        return
    await begin_act(interaction, reply=False)
    if await bot.ledger.reports.lacks_copy(job.id):
        # Moderators have to see what was reported, whatever its requester deletes.
        await copy_from_message(bot, bot.ledger, bot.spool, job)
    pressed = bot.pending.find(by, key, Address)
    if job.grid_id is not None and await bot.ledger.grids.shows(job):
        # One cell, which somebody brought back: its sheet and the other cells stay.
        first = await bot.ledger.deleted(job.id, by=by, place=place_of(job))
        await bot.ledger.grids.cell_deleted(job.grid_id)
        addresses = [] if pressed is None else [pressed]
    else:
        first = await record_deletion(bot, job, by)
        addresses = _addresses_of(job, pressed)
    said = await _delete(bot, job, addresses, first=first)
    if seen_by_one(interaction):
        await interaction.edit_original_response(content=said, view=None)
    else:
        await tell(interaction, said)


async def record_deletion(bot: Darkroom, job: Job, by: int) -> bool:
    """Record who deletes a job. Returns whether they are the first.

    If a moderator deletes it, or it was reported, the moderators' log gets an entry.
    """
    first = await bot.ledger.deleted(job.id, by=by, place=place_of(job))
    await bot.ledger.grids.deleted_with(job, by=by)
    log.info("job %s: user %d deleted its message", job.id, by)
    return first


async def press_keep(interaction: discord.Interaction[Darkroom], _unused: str) -> None:
    """Keep the image: the member decided against deleting it."""
    # A modified client can press any button under any message: only replace the question itself, which is private.
    if seen_by_one(interaction):
        await interaction.response.edit_message(content=_("Kept."), view=None)
    else:
        await tell(interaction, _("Kept."))


async def _deletable_job(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """The job if this member may delete it. If None, they have been told why not."""
    job = await job_here(interaction, job_id)
    if job is not None and not await may_decide(interaction, job):
        refusal = _("That image is not yours. Only the member who requested it or a moderator can delete it.")
        await tell(interaction, refusal)
        return None
    return job


def _pressed(interaction: discord.Interaction[Darkroom]) -> Address:
    """The address of the message with the pressed button.

    The interaction's token reaches it even where the bot cannot see the channel or the message is private.
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


async def _delete(bot: Darkroom, job: Job, addresses: Sequence[Address], *, first: bool) -> str:
    """Delete all messages that show the job. Returns what to tell the member."""
    said = None
    deleted = False
    for address in addresses:
        try:
            deleted |= await remove(bot.channels, address)
        except (Undeliverable, NotNow) as fault:
            log.warning("job %s: could not delete its message: %s", job.id, fault)
            said = _not_deleted(fault)
    if said is not None:
        return said
    if deleted:
        return _("🗑️ Deleted. `/history` won’t show it any more.")
    if first:
        return _("The message was already gone. `/history` won’t show it any more.")
    return _("That image was already deleted.")


def _not_deleted(fault: Undeliverable | NotNow) -> str:
    if isinstance(fault, NotNow):
        return _("Discord didn’t delete the message. Press **Delete** under it again in a moment.")
    return _("I couldn’t delete the message: Discord doesn’t let me. A moderator can delete it by hand.")


def _addresses_of(job: Job, pressed: Address | None) -> list[Address]:
    """The addresses of the messages that show the job, as far as the bot can reach them.

    `pressed` is None if the question was asked before a restart or by another process.
    """
    own = Address.of(job)
    if not job.private:
        # After Publish, the token of the original interaction still leads to the private copy.
        own = own.without_token()
    found = [pressed] if pressed is not None else []
    if pressed is None or pressed.message_id != job.message_id:
        found.append(own)
    # Without its token, a private message cannot be reached. It disappears when the member restarts Discord.
    return [one for one in found if one.has_token or not one.private] or [own]
