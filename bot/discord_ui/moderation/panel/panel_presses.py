"""The select and the buttons of a panel. Only the moderator who picks a job sees its buttons, so that moderators do not
get in each other's way.
"""

from typing import Final

import discord

from bot.discord_times import shown_time
from bot.discord_ui.access.acts import carry_out, moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.forms import picked
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.moderation.panel.live_panels import Panels
from bot.discord_ui.moderation.reason_forms import WHY_CANCEL_FORM_ID, WHY_PAUSE_FORM_ID, ask_why
from bot.ledger import Act, Job, JobState
from bot.messages import rule_in_words
from bot.moderation import interventions
from bot.moderation.moderator import Carry, Moderator, because, quoted
from bot.translation import N_, _

PANEL_CANCEL_ID: Final = "darkroom:moderate:cancel:{job_id}"
PANEL_FRONT_ID: Final = "darkroom:moderate:front:{job_id}"
PANEL_HOLD_ID: Final = "darkroom:moderate:hold:{job_id}"
PANEL_RELEASE_ID: Final = "darkroom:moderate:release:{job_id}"

_GONE: Final = N_("That job isn’t in the queue any more.")
_UNSEEN: Final = N_(
    "I can’t see this channel, so I couldn’t keep a panel up to date here. Let me view it, or choose another channel."
)


async def open_panel(interaction: discord.Interaction[Darkroom]) -> None:
    """Post the panel in this channel."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    if not interaction.app_permissions.view_channel:
        await tell(interaction, _(_UNSEEN))
        return
    entry = await moderator.entry(Act.PANEL, detail=f"<#{interaction.channel_id}>")
    await interaction.client.service(Panels).open(interaction, entry)


async def pick_job(interaction: discord.Interaction[Darkroom], _unused: str) -> None:
    """Show the picked job, and buttons for what can be done with it."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    text, view = await _decision(moderator, picked(interaction))
    if view is None:
        await tell(interaction, text)
    else:
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def press_cancel_job(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Ask for a reason, then cancel the job."""
    if await moderator_of(interaction) is not None:
        await ask_why(interaction, _("Cancel this job"), WHY_CANCEL_FORM_ID.format(job_id=job_id))


async def press_front(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Move the job to the front."""
    await _decide(interaction, job_id, lambda moderator: interventions.to_the_front(moderator, job_id))


async def press_hold(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Put the job on hold."""
    await _decide(interaction, job_id, lambda moderator: interventions.hold(moderator, job_id))


async def press_release(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Release the job."""
    await _decide(interaction, job_id, lambda moderator: interventions.release(moderator, job_id))


async def press_pause(interaction: discord.Interaction[Darkroom], _unused: str) -> None:
    """Ask for a reason, then pause the queue."""
    if await moderator_of(interaction) is not None:
        await ask_why(interaction, _("Pause this server’s queue"), WHY_PAUSE_FORM_ID.format(sure="yes"))


async def press_resume(interaction: discord.Interaction[Darkroom], _unused: str) -> None:
    """Resume the queue."""
    await carry_out(interaction, interventions.resume)


async def _decide(interaction: discord.Interaction[Darkroom], job_id: str, act: Carry) -> None:
    """Carry out an act on a picked job. The answer replaces the message, with the buttons that make sense now."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    await begin_act(interaction, reply=False)
    outcome = await act(moderator)
    text, view = await _decision(moderator, job_id)
    said = outcome.said if view is None else f"{outcome.said}\n\n{text}"
    await interaction.edit_original_response(content=said, view=view)


async def _decision(moderator: Moderator, job_id: str) -> tuple[str, discord.ui.View | None]:
    """A job's state, and the buttons that make sense for it; no buttons where it is not in this guild's queue."""
    job = await moderator.ledger.job(job_id)
    active = {JobState.QUEUED, JobState.RUNNING}
    if job is None or job.guild_id != moderator.guild_id or job.state not in active or job.cancelled_by is not None:
        return _(_GONE), None
    holding = (_("Hold"), PANEL_HOLD_ID) if job.held_by is None else (_("Release"), PANEL_RELEASE_ID)
    others = [(_("To the front"), PANEL_FRONT_ID), holding] if job.state is JobState.QUEUED else []
    style = discord.ButtonStyle
    return _described(moderator, job), view_of(
        discord.ui.Button(label=_("Cancel"), custom_id=PANEL_CANCEL_ID.format(job_id=job_id), style=style.danger),
        *(discord.ui.Button(label=label, custom_id=custom_id.format(job_id=job_id)) for label, custom_id in others),
    )


def _described(moderator: Moderator, job: Job) -> str:
    if job.state is JobState.RUNNING:
        state = _("It’s up next on an image server.") if job.is_ready else _("It’s running.")
    elif job.held_by is None:
        state = _("It’s waiting.")
    elif job.held_by:
        state = because(_("{moderator} put it on hold").format(moderator=f"<@{job.held_by}>"), job.hold_reason)
    else:
        state = because(_("A rule put it on hold"), rule_in_words(job.hold_reason or ""))
    when = shown_time(job.created_at, "R")
    return f"{_('{job}, requested {when}.').format(job=quoted(moderator, job), when=when)} {state}"
