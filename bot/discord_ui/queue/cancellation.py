"""Cancel: the button under a job, for its owner and moderators, and `/cancel` for one's own."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.access.jobs import may_decide
from bot.discord_ui.access.viewer import Titled, state_of, title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.errors import LedgerAway
from bot.ledger import Cancellation, Job, Ledger
from bot.messages import shown_prompt, tell_cancelled, words_of
from bot.moderation import interventions

log = logging.getLogger(__name__)

_ALL: Final = "all"
_OVER: Final = "That one is over already: there is nothing left to cancel."
_NOT_FOUND: Final = "I can't find a request of yours with that ID. Pick one of the suggestions."
_NOT_ALL: Final = "🛑 Cancelled {count} of yours. I cannot write down the rest just now: please try again in a minute."
_NOT_YOURS: Final = "That picture is not yours: only the member who ordered it, or a moderator, can cancel it."


async def press_cancel(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Cancel the job if it is the presser's own, or he is a moderator."""
    bot = interaction.client
    job = await bot.ledger.job(job_id)
    if job is not None and not await may_decide(interaction, job):
        await tell(interaction, _NOT_YOURS)
        return
    if job is not None and job.user_id != interaction.user.id:
        await carry_out(interaction, lambda moderator: interventions.cancel(moderator, job_id, None))
        return
    found = Cancellation.OVER
    if job is not None:
        found = await bot.ledger.cancel(job_id, by=interaction.user.id)
    if job is None or found is Cancellation.OVER:
        await tell(interaction, _OVER)
        return
    try:
        # The message itself says what happens next, as soon as its writer gets round to it.
        await interaction.response.defer()
    finally:
        if found is Cancellation.CANCELLED:
            await tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), interaction.user.id)


def cancel_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="cancel", description="Cancel a picture that waits or is being made")
    @app_commands.describe(job="Which one; left out: your newest")
    @app_commands.autocomplete(job=_own_jobs)
    async def cancel(interaction: discord.Interaction[Darkroom], job: str | None = None) -> None:
        bot, ledger = interaction.client, interaction.client.ledger
        active = await ledger.active_of(interaction.user.id)
        chosen = _choose(active, job)
        if not chosen:
            await tell(interaction, await _why_none(interaction, job))
            return
        results = await _cancel_all(ledger, chosen, interaction.user.id)
        try:
            await tell(interaction, _said(chosen, results, partial(title_of, bot)))
        finally:
            waited = [one for one in chosen if results.get(one.id) is Cancellation.CANCELLED]
            by = interaction.user.id
            telling = (tell_cancelled(bot.messages, ledger, one, title_of(bot, one), by) for one in waited)
            await asyncio.gather(*telling)

    return cancel


async def _cancel_all(ledger: Ledger, chosen: tuple[Job, ...], by: int) -> dict[str, Cancellation]:
    """What became of each; those are missing that the ledger was not there for any more."""
    results: dict[str, Cancellation] = {}
    for one in chosen:
        try:
            results[one.id] = await ledger.cancel(one.id, by=by)
        except LedgerAway as fault:
            if not results:
                raise
            log.warning("could not cancel all jobs: %s", fault)
            break
    return results


def _choose(active: tuple[Job, ...], wanted: str | None) -> tuple[Job, ...]:
    """Which of a member's own active jobs (newest first) he means."""
    if wanted is None:
        return active[:1]
    if wanted.strip().casefold() == _ALL:
        return active
    return tuple(job for job in active if job.id == wanted.strip())


async def _why_none(interaction: discord.Interaction[Darkroom], wanted: str | None) -> str:
    """Why there is nothing to cancel. Of somebody else's job nothing is said, not even that it exists."""
    if wanted is None or wanted.strip().casefold() == _ALL:
        return "You have nothing waiting or running."
    job = await interaction.client.ledger.job(wanted.strip())
    return _OVER if job is not None and job.user_id == interaction.user.id else _NOT_FOUND


def _said(chosen: tuple[Job, ...], results: dict[str, Cancellation], title: Titled) -> str:
    stopped = [job for job in chosen if results.get(job.id, Cancellation.OVER) is not Cancellation.OVER]
    if len(results) < len(chosen):
        return _NOT_ALL.format(count=len(stopped))
    if not stopped:
        return _OVER
    if len(stopped) > 1:
        return f"🛑 Cancelled {len(stopped)} pictures."
    # One that runs may be finished before its server hears of it: how it ended stands in its message.
    word = "Cancelled" if results[stopped[0].id] is Cancellation.CANCELLED else "Stopping"
    return f"🛑 {word}: {shown_prompt(words_of(stopped[0], title(stopped[0])), 80)}"


async def _own_jobs(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    bot = interaction.client
    active = await bot.ledger.active_of(interaction.user.id)
    choices = [
        app_commands.Choice(name=f"{state_of(job)}: {words_of(job, title_of(bot, job))}"[:CHOICE], value=job.id)
        for job in active
    ]
    if len(active) > 1:
        choices.insert(0, app_commands.Choice(name=f"all {len(active)} of mine", value=_ALL))
    wanted = current.strip().casefold()
    return [choice for choice in choices if wanted in choice.name.casefold()][:CHOICES]
