"""The Cancel button under a job, for its owner and for moderators, and `/cancel` for a member's own jobs."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.access.grids import one_for_each_grid, with_cells
from bot.discord_ui.access.jobs import may_decide
from bot.discord_ui.access.viewer import Titled, state_of, title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.ledger import Cancellation, Job, JobState
from bot.messages import shown_prompt, tell_cancelled, words_of
from bot.moderation import interventions
from bot.translation import N_, _, ngettext

_ALL: Final = "all"
_OVER: Final = N_("That one has already ended, so there is nothing to cancel.")


async def press_cancel(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Cancel the job if the presser owns it or is a moderator."""
    bot = interaction.client
    job = await bot.ledger.job(job_id)
    if job is not None and not await may_decide(interaction, job):
        await tell(
            interaction, _("That image is not yours. Only the member who requested it or a moderator can cancel it.")
        )
        return
    if job is not None and job.user_id != interaction.user.id:
        await carry_out(interaction, lambda moderator: interventions.cancel(moderator, job_id, None))
        return
    if job is None or job.state not in {JobState.QUEUED, JobState.RUNNING}:
        await tell(interaction, _(_OVER))
        return
    # The job's own message shows the outcome as soon as its writer gets to it.
    await begin_act(interaction, reply=False)
    result = await bot.ledger.cancel(job_id, by=interaction.user.id)
    if result is Cancellation.OVER:
        await tell(interaction, _(_OVER))
    elif result is Cancellation.CANCELLED:
        await tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), interaction.user.id)


def cancel_command() -> app_commands.Command[Any, ..., None]:
    """Build `/cancel`."""

    @app_commands.command(name="cancel", description=N_("Cancel an image that is waiting or running"))
    @app_commands.describe(job=N_("Image to cancel (default: your newest)"))
    @app_commands.autocomplete(job=_suggest_own_jobs)
    async def cancel(interaction: discord.Interaction[Darkroom], job: str | None = None) -> None:
        bot, ledger = interaction.client, interaction.client.ledger
        active = await ledger.active_of(interaction.user.id)
        chosen = _choose(active, job)
        if not chosen:
            await tell(interaction, await _why_none(interaction, job))
            return
        await begin_act(interaction, reply=True)
        results = await ledger.cancel_all([one.id for one in chosen], by=interaction.user.id)
        await tell(interaction, _answer(chosen, results, partial(title_of, bot)))
        waited = [one for one in chosen if results.get(one.id) is Cancellation.CANCELLED]
        by = interaction.user.id
        await asyncio.gather(*(tell_cancelled(bot.messages, ledger, one, title_of(bot, one), by) for one in waited))

    return cancel


def _choose(active: tuple[Job, ...], wanted: str | None) -> tuple[Job, ...]:
    """The jobs a member asked to cancel. `active` holds their own, newest first."""
    if wanted is not None and wanted.strip().casefold() == _ALL:
        return active
    chosen = active[:1] if wanted is None else tuple(job for job in active if job.id == wanted.strip())
    grids = {job.grid_id for job in chosen} - {None}
    return tuple(job for job in active if job.grid_id in grids) if grids else chosen


async def _why_none(interaction: discord.Interaction[Darkroom], wanted: str | None) -> str:
    """Why there is nothing to cancel. The answer never reveals whether somebody else's job exists."""
    if wanted is None or wanted.strip().casefold() == _ALL:
        return _("You have nothing waiting or running.")
    job = await interaction.client.ledger.job(wanted.strip())
    if job is not None and job.user_id == interaction.user.id:
        return _(_OVER)
    return _("I can’t find a request of yours with that ID. Pick one of the suggestions.")


def _answer(chosen: tuple[Job, ...], results: Mapping[str, Cancellation], title: Titled) -> str:
    stopped = [job for job in chosen if job.id in results]
    if not stopped:
        return _(_OVER)
    requests = one_for_each_grid(stopped, lambda job: job)
    if len(requests) > 1:
        many = ngettext("🛑 Cancelled {count} request.", "🛑 Cancelled {count} requests.", len(requests))
        return many.format(count=len(requests))
    # A running job may still finish before the request to stop reaches its server. Its own message shows how it ended.
    cancelled = all(results[job.id] is Cancellation.CANCELLED for job in stopped)
    told = _("🛑 Cancelled: {what}") if cancelled else _("🛑 Stopping: {what}")
    ((job, count),) = requests
    return told.format(what=with_cells(shown_prompt(words_of(job, title(job)), 80), job, count))


async def _suggest_own_jobs(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    bot = interaction.client
    active = await bot.ledger.active_of(interaction.user.id)
    requests = one_for_each_grid(active, lambda job: job)
    choices = [
        app_commands.Choice(
            name=f"{state_of(job)}: {with_cells(words_of(job, title_of(bot, job)), job, count)}"[:CHOICE], value=job.id
        )
        for job, count in requests
    ]
    if len(requests) > 1:
        every = ngettext("all {count} of mine", "all {count} of mine", len(requests)).format(count=len(requests))
        choices.insert(0, app_commands.Choice(name=every, value=_ALL))
    wanted = current.strip().casefold()
    return [choice for choice in choices if wanted in choice.name.casefold()][:CHOICES]
