"""Cancel: the button under a job, and `/cancel`. Only ever one's own jobs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from bot.discord_ui.replies import tell
from bot.ledger import Cancellation, Job
from bot.messages import Undeliverable, render_cancelled, shown_prompt

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

log = logging.getLogger(__name__)

_ALL: Final = "all"
_MOST_CHOICES: Final = 25
_OVER: Final = "That one is over already: there is nothing left to cancel."
_NOT_YOURS: Final = "That picture is not yours: only the member who ordered it can cancel it."


async def press_cancel(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Cancel the job if it is the presser's own."""
    job = await interaction.client.ledger.job(job_id)
    if job is not None and job.user_id != interaction.user.id:
        await tell(interaction, _NOT_YOURS)
        return
    if job is None or await interaction.client.ledger.cancel(job_id, by=interaction.user.id) is Cancellation.OVER:
        await tell(interaction, _OVER)
        return
    # The message itself says what happens next, as soon as its writer gets round to it.
    await interaction.response.defer()
    await show_cancelled(interaction.client, job_id)


async def show_cancelled(bot: Darkroom, job_id: str) -> None:
    """Bring the message of a job that was waiting to its end; a running one is brought there by its worker."""
    job = await bot.ledger.job(job_id)
    if job is None or job.state != "cancelled":
        return
    try:
        await bot.messages.of(job).finish(render_cancelled(job))
    except Undeliverable as fault:
        log.info("job %s: its message cannot be edited any more: %s", job_id, fault)
    bot.messages.forget(job_id)
    bot.ledger.signals.ring()


def cancel_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="cancel", description="Cancel a picture that waits or is being made")
    @app_commands.describe(job="Which one; left out: your newest")
    @app_commands.autocomplete(job=_own_jobs)
    async def cancel(interaction: discord.Interaction[Darkroom], job: str | None = None) -> None:
        ledger = interaction.client.ledger
        active = await ledger.active_of(interaction.user.id)
        chosen = _choose(active, job)
        if not chosen:
            await tell(interaction, _OVER if job and active else "You have nothing waiting or running.")
            return
        results = {one.id: await ledger.cancel(one.id, by=interaction.user.id) for one in chosen}
        await tell(interaction, _said(chosen, results))
        for job_id, result in results.items():
            if result is Cancellation.CANCELLED:
                await show_cancelled(interaction.client, job_id)

    return cancel


def _choose(active: tuple[Job, ...], wanted: str | None) -> tuple[Job, ...]:
    """Which of a member's own active jobs (newest first) he means."""
    if wanted is None:
        return active[:1]
    if wanted.strip().casefold() == _ALL:
        return active
    return tuple(job for job in active if job.id == wanted.strip())


def _said(chosen: tuple[Job, ...], results: dict[str, Cancellation]) -> str:
    stopped = [job for job in chosen if results[job.id] is not Cancellation.OVER]
    if not stopped:
        return _OVER
    if len(stopped) == 1:
        return f"🛑 Cancelled: {_name(stopped[0])}"
    return f"🛑 Cancelled {len(stopped)} pictures."


def _name(job: Job) -> str:
    prompt_text = job.values.get("prompt")
    return shown_prompt(prompt_text, 80) if isinstance(prompt_text, str) else job.workflow


async def _own_jobs(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    active = await interaction.client.ledger.active_of(interaction.user.id)
    choices = [
        app_commands.Choice(name=f"{job.state}: {job.values.get('prompt') or job.workflow}"[:100], value=job.id)
        for job in active
    ]
    if len(active) > 1:
        choices.insert(0, app_commands.Choice(name=f"all {len(active)} of mine", value=_ALL))
    wanted = current.strip().casefold()
    return [choice for choice in choices if wanted in choice.name.casefold()][:_MOST_CHOICES]
