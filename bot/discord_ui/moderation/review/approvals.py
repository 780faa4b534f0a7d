"""Approve and Reject under what a rule holds. Each press is checked for permission, and the first one decides."""

from collections.abc import Callable
from functools import partial
from typing import Final

import discord

from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.reason_forms import given_reason, reason_form
from bot.ledger import COUNTED_AHEAD, PICTURE, Act, Entry, Job, JobState
from bot.messages import decision_about, render_queued, tell_cancelled
from bot.translation import N_, _

REJECT_FORM_ID: Final = "darkroom:reject-form-{awaits}:{job_id}"
_GONE: Final = N_("There’s nothing left to decide here.")
_BUSY: Final = N_("I’m still processing it. If these buttons are still here in a few seconds, press again.")


async def press_approve(interaction: discord.Interaction[Darkroom], job_id: str, *, awaits: str) -> None:
    """Release the job."""
    guild_id = await moderated_guild(interaction)
    if guild_id is None:
        return
    # The message soon shows the decision, and loses its buttons.
    await begin_act(interaction, reply=False)
    by = interaction.user.id
    entry = _decision(guild_id, Act.APPROVED, by, awaits)
    job = await interaction.client.ledger.release(job_id, guild_id, approved_by=by, awaiting=awaits, entry=entry)
    await _decided(interaction, guild_id, job_id, awaits, job)


async def press_reject(interaction: discord.Interaction[Darkroom], job_id: str, *, awaits: str) -> None:
    """Ask for a reason, unless somebody has already decided."""
    guild_id = await moderated_guild(interaction)
    if guild_id is None:
        return
    job = await interaction.client.ledger.job(job_id)
    if job is None or job.guild_id != guild_id or decision_about(job, awaits) is not None:
        await begin_act(interaction, reply=False)
        await _decided(interaction, guild_id, job_id, awaits, None)
        return
    await interaction.response.send_modal(_form(job_id, awaits))


async def submit_rejection(interaction: discord.Interaction[Darkroom], job_id: str, *, awaits: str) -> None:
    """Reject the job."""
    guild_id = await moderated_guild(interaction)
    if guild_id is None:
        return
    await begin_act(interaction, reply=False)
    by, reason = interaction.user.id, given_reason(interaction)
    entry = _decision(guild_id, Act.REJECTED, by, f"{awaits} · {reason}" if reason else awaits)
    job = await interaction.client.ledger.reject(job_id, guild_id, by=by, reason=reason, awaiting=awaits, entry=entry)
    await _decided(interaction, guild_id, job_id, awaits, job)


def _decision(guild_id: int, act: Act, by: int, detail: str) -> Callable[[Job], Entry]:
    return lambda job: Entry(guild_id, act, by, job.user_id, job.id, detail)


async def _decided(
    interaction: discord.Interaction[Darkroom], guild_id: int, job_id: str, awaits: str, job: Job | None
) -> None:
    """Answer a press that has begun. `job` is None where somebody else was faster; the answer says who."""
    bot = interaction.client
    if job is not None:
        if job.state is JobState.CANCELLED:
            # Its own message has to show it too, also in a guild without a channel for approvals.
            await tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), interaction.user.id)
        else:
            await _show_place(bot, job)
        return
    found = await bot.ledger.job(job_id)
    decision = decision_about(found, awaits) if found is not None and found.guild_id == guild_id else None
    if found is None or decision is None:
        await tell(interaction, _(_GONE))
        return
    if awaits == PICTURE and found.state is JobState.RUNNING:
        # Moderators see its images slightly before the job is put on hold.
        await tell(interaction, _(_BUSY))
        return
    # The message may have missed the decision: its buttons have to go in any case.
    await interaction.edit_original_response(view=None)
    await tell(interaction, _("This has already been decided. {decision}").format(decision=decision))


async def _show_place(bot: Darkroom, job: Job) -> None:
    """Show an approved job its place. Otherwise only jobs near the front of the queue get updates."""
    places = {waiting.id: standing for waiting, standing in await bot.ledger.line(COUNTED_AHEAD)}
    if (standing := places.get(job.id)) is not None:
        render = partial(render_queued, job, title_of(bot, job), standing)
        bot.messages.of(job).show(render, partial(bot.ledger.hold, job.id))


def _form(job_id: str, awaits: str) -> discord.ui.Modal:
    custom_id = REJECT_FORM_ID.format(awaits=awaits, job_id=job_id)
    return reason_form(_("Reject"), custom_id, _("Reason (the member can read it)"))
