"""Approve and Reject under what a rule holds back. Who may press is asked at each press; the first one decides."""

from __future__ import annotations

from functools import partial
from typing import Final

import discord

from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.reason_forms import given_reason, reason_form
from bot.ledger import COUNTED_AHEAD, PICTURE, Act, Entry, Job, JobState
from bot.messages import decision_about, render_queued, tell_cancelled

REJECT_FORM_ID: Final = "darkroom:reject-form-{awaits}:{job_id}"
_GONE: Final = "This is not here any more."
_BUSY: Final = "It is being worked on just now. If this is still here in a few seconds, press again."


async def press_approve(interaction: discord.Interaction[Darkroom], job_id: str, *, awaits: str) -> None:
    """Let the job go on."""
    guild_id = await moderated_guild(interaction)
    if guild_id is None:
        return
    by = interaction.user.id
    job = await interaction.client.ledger.release(job_id, guild_id, approved_by=by, awaiting=awaits)
    await _decided(interaction, guild_id, job_id, awaits, job, Act.APPROVED)


async def press_reject(interaction: discord.Interaction[Darkroom], job_id: str, *, awaits: str) -> None:
    """Ask why, unless it is decided already."""
    guild_id = await moderated_guild(interaction)
    if guild_id is None:
        return
    job = await interaction.client.ledger.job(job_id)
    if job is None or job.guild_id != guild_id or decision_about(job, awaits) is not None:
        await _decided(interaction, guild_id, job_id, awaits, None, Act.REJECTED)
        return
    await interaction.response.send_modal(_form(job_id, awaits))


async def submit_rejection(interaction: discord.Interaction[Darkroom], job_id: str, *, awaits: str) -> None:
    """End the job."""
    guild_id = await moderated_guild(interaction)
    if guild_id is None:
        return
    by, reason = interaction.user.id, given_reason(interaction)
    job = await interaction.client.ledger.reject(job_id, guild_id, by=by, reason=reason, awaiting=awaits)
    await _decided(interaction, guild_id, job_id, awaits, job, Act.REJECTED)


async def _decided(
    interaction: discord.Interaction[Darkroom], guild_id: int, job_id: str, awaits: str, job: Job | None, act: Act
) -> None:
    """Answer the press. `job` None: somebody else was faster, and this one is told who."""
    bot = interaction.client
    if job is not None:
        detail = f"{awaits} · {job.reason}" if job.reason else awaits
        bot.moderators_log.note(Entry(guild_id, act, interaction.user.id, job.user_id, job.id, detail))
        # The message itself shows it in a moment, and loses its buttons.
        await interaction.response.defer()
        if job.state is JobState.CANCELLED:
            # Also where it never came before the moderators, since they have no channel for that.
            await tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), interaction.user.id)
        else:
            await _show_place(bot, job)
        return
    found = await bot.ledger.job(job_id)
    decision = decision_about(found, awaits) if found is not None and found.guild_id == guild_id else None
    if found is None or decision is None:
        await tell(interaction, _GONE)
        return
    if awaits == PICTURE and found.state is JobState.RUNNING:
        # Its pictures come before the moderators a moment before it is held back.
        await tell(interaction, _BUSY)
        return
    # Should the message have missed it: there is nothing left to press.
    await interaction.response.edit_message(view=None)
    await tell(interaction, f"That is decided already. {decision}")


async def _show_place(bot: Darkroom, job: Job) -> None:
    """Show an approved job where it stands now, however far back: the line is shown at its front only."""
    places = {waiting.id: standing for waiting, standing in await bot.ledger.line(COUNTED_AHEAD)}
    if (standing := places.get(job.id)) is not None:
        render = partial(render_queued, job, title_of(bot, job), standing)
        bot.messages.of(job).show(render, partial(bot.ledger.hold, job.id))


def _form(job_id: str, awaits: str) -> discord.ui.Modal:
    custom_id = REJECT_FORM_ID.format(awaits=awaits, job_id=job_id)
    return reason_form("Reject", custom_id, "Why? The member reads it.")
