"""What is picked and pressed on a panel. What a moderator has picked is shown to him alone: two do not disturb each
other.
"""

from __future__ import annotations

from typing import Final

import discord

from bot.discord_ui.access.acts import carry_out, moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import picked
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.moderation.panel.live_panels import Panels
from bot.discord_ui.moderation.reason_forms import WHY_CANCEL_FORM_ID, WHY_PAUSE_FORM_ID, ask_why
from bot.ledger import Act, Job, JobState
from bot.moderation import interventions
from bot.moderation.moderator import Carry, Moderator, because, called

PANEL_CANCEL_ID: Final = "darkroom:moderate:cancel:{job_id}"
PANEL_FRONT_ID: Final = "darkroom:moderate:front:{job_id}"
PANEL_HOLD_ID: Final = "darkroom:moderate:hold:{job_id}"
PANEL_RELEASE_ID: Final = "darkroom:moderate:release:{job_id}"

_GONE: Final = "That picture is not in the line any more."
_UNSEEN: Final = (
    "I could not keep a panel here up to date, since I cannot see this channel. Let me view it, or choose another one."
)


async def open_panel(interaction: discord.Interaction[Darkroom]) -> None:
    """Show the panel here."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    if not interaction.app_permissions.view_channel:
        await tell(interaction, _UNSEEN)
        return
    await interaction.client.service(Panels).open(interaction, moderator.guild_id)
    moderator.note(Act.PANEL, detail=f"in <#{interaction.channel_id}>")


async def pick_job(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """A job was picked: what can be done with it."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    text, view = await _decision(moderator, picked(interaction))
    if view is None:
        await tell(interaction, text)
    else:
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def press_cancel_job(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Ask why, then cancel."""
    if await moderator_of(interaction) is not None:
        await ask_why(interaction, "Cancel this picture", WHY_CANCEL_FORM_ID.format(job_id=job_id))


async def press_front(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """To the front."""
    await _decide(interaction, job_id, lambda moderator: interventions.to_the_front(moderator, job_id))


async def press_hold(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Keep it back."""
    await _decide(interaction, job_id, lambda moderator: interventions.hold(moderator, job_id))


async def press_release(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Let it go on."""
    await _decide(interaction, job_id, lambda moderator: interventions.release(moderator, job_id))


async def press_pause(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Ask why, then pause."""
    if await moderator_of(interaction) is not None:
        await ask_why(interaction, "Pause the line of this server", WHY_PAUSE_FORM_ID.format(sure="yes"))


async def press_resume(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Let the line go on."""
    await carry_out(interaction, interventions.resume)


async def _decide(interaction: discord.Interaction[Darkroom], job_id: str, act: Carry) -> None:
    """Carry out what was pressed under a picked job, and show in its place what came of it and what can be done now."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    await interaction.response.defer()
    outcome = await act(moderator)
    text, view = await _decision(moderator, job_id)
    said = outcome.said if view is None else f"{outcome.said}\n\n{text}"
    await interaction.edit_original_response(content=said, view=view)


async def _decision(moderator: Moderator, job_id: str) -> tuple[str, discord.ui.View | None]:
    """A job as it is, and the buttons that make sense with it; no buttons where it is not in this guild's line."""
    job = await moderator.ledger.job(job_id)
    active = {JobState.QUEUED, JobState.RUNNING}
    if job is None or job.guild_id != moderator.guild_id or job.state not in active or job.cancelled_by is not None:
        return _GONE, None
    holding = ("Hold", PANEL_HOLD_ID) if job.held_by is None else ("Release", PANEL_RELEASE_ID)
    others = [("To the front", PANEL_FRONT_ID), holding] if job.state is JobState.QUEUED else []
    style = discord.ButtonStyle
    return _described(moderator, job), view_of(
        discord.ui.Button(label="Cancel", custom_id=PANEL_CANCEL_ID.format(job_id=job_id), style=style.danger),
        *(discord.ui.Button(label=label, custom_id=custom_id.format(job_id=job_id)) for label, custom_id in others),
    )


def _described(moderator: Moderator, job: Job) -> str:
    if job.state is JobState.RUNNING:
        state = "It is being made."
    elif job.held_by is None:
        state = "It waits."
    else:
        who = f"<@{job.held_by}> keeps it back" if job.held_by else "A rule keeps it back"
        state = f"{who}{because(job.hold_reason)}"
    return f"{called(moderator, job)}, ordered <t:{int(job.created_at)}:R>. {state}"
