"""The button Report under a result. Moderators then delete the image or dismiss the report."""

import logging
from typing import Final

import discord

from bot.discord_ui.access.jobs import find_job
from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.discord_ui.images.deletion import record_deletion
from bot.ledger import DELETED, DISMISSED, Act, Case, Entry
from bot.messages import (
    Address,
    NotNow,
    Undeliverable,
    keep_copy,
    place_of,
    remove,
    render_report,
    report_decision,
)
from bot.translation import N_, _, ngettext

log = logging.getLogger(__name__)

REPORTS_A_DAY: Final = 10
"""Reports that one member can send in 24 hours."""

_NO_JOB: Final = N_("I don’t have that image any more. Please tell a moderator about it.")
_THANKS: Final = N_("🚩 Thank you for your report. Only the moderators can see who sent it.")
_STORED: Final = N_(
    "🚩 I’ve stored your report. This server’s moderators have no channel for reports yet, so nobody has been told: "
    "they see that it waits when they look at their queue or log. If it’s urgent, message a moderator."
)
_REPORTED_BEFORE: Final = N_("You’ve already reported this image.")
_KEPT: Final = N_("The moderators have already reviewed this image and decided to keep it.")
_GONE: Final = N_("The moderators have already reviewed this image and deleted it.")
_NOT_DELETED: Final = N_("I couldn’t delete it: {fault}. You can delete its message yourself: {link}")


async def press_report(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Report the images of a job."""
    bot, guild_id = interaction.client, interaction.guild_id
    job = await find_job(interaction, job_id)
    if job is None or guild_id is None or job.private:
        await tell(interaction, _(_NO_JOB))
        return
    case = await bot.ledger.cases.case(job_id, guild_id)
    if case is not None and case.decision is not None:
        await tell(interaction, _(_KEPT if case.decision == DISMISSED else _GONE))
        return
    # Copying the image may take longer than the three seconds for an answer.
    await begin_act(interaction, reply=True)
    entry = Entry(guild_id, Act.REPORTED, interaction.user.id, job.user_id, job_id, place_of(job))
    found = await bot.ledger.reports.report(entry, REPORTS_A_DAY)
    if found == "new":
        if await bot.ledger.reports.lacks_copy(job_id):
            shown = () if interaction.message is None else interaction.message.attachments
            await keep_copy(bot.ledger, bot.spool, job, shown)
        bot.ledger.signals.ring()
    guild = (await bot.ledger.rules.book(guild_id)).guild
    await tell(interaction, _answer(found, heard=bool(guild.approval_channel or guild.audit_channel)))


async def press_delete_reported(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Delete the images."""
    await _decide(interaction, job_id, DELETED)


async def press_dismiss(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Dismiss the report; the images stay."""
    await _decide(interaction, job_id, DISMISSED)


async def _decide(interaction: discord.Interaction[Darkroom], job_id: str, decision: str) -> None:
    guild_id = await moderated_guild(interaction)
    if guild_id is None:
        return
    bot, by = interaction.client, interaction.user.id
    job = await bot.ledger.job(job_id)
    if job is None or job.guild_id != guild_id:
        await tell(interaction, _(_NO_JOB))
        return
    await begin_act(interaction, reply=False)
    entry = Entry(guild_id, Act.REPORT_DISMISSED, by, job.user_id, job_id, place_of(job))
    mine = await bot.ledger.reports.decide(job_id, guild_id, by, decision, entry if decision == DISMISSED else None)
    if mine and decision == DELETED:
        try:
            await remove(bot.channels, Address.of(job))
        except (Undeliverable, NotNow) as fault:
            await bot.ledger.reports.reopen(job_id, guild_id, by)
            await tell(interaction, _(_NOT_DELETED).format(fault=fault, link=place_of(job)))
            return
        await record_deletion(bot, job, by)
    case = await bot.ledger.cases.case(job_id, guild_id)
    if case is None:
        return
    if not mine:
        await tell(interaction, _("This has already been decided. {decision}").format(decision=report_decision(case)))
    await _show_decision(interaction, job_id, case)


async def _show_decision(interaction: discord.Interaction[Darkroom], job_id: str, case: Case) -> None:
    """Show the decision in the report. If this fails, it is shown again later, because the case is still open."""
    bot = interaction.client
    job = await bot.ledger.job(job_id)
    if job is None:
        return
    reporters = await bot.ledger.reports.reporters(job_id, case.guild_id)
    rendered = render_report(job, title_of(bot, job), reporters, None, case)
    await interaction.edit_original_response(content=rendered.content, view=None)
    await bot.ledger.reports.close(job_id)


def _answer(found: str, *, heard: bool) -> str:
    """What a member reads. `found` is what the ledger says about their report: new, again or often. `heard`: moderators
    have a channel that shows it to them.
    """
    if found == "often":
        return ngettext(
            "You’ve reported {count} image in 24 hours, which is the limit. Please message a moderator instead.",
            "You’ve reported {count} images in 24 hours, which is the limit. Please message a moderator instead.",
            REPORTS_A_DAY,
        ).format(count=REPORTS_A_DAY)
    if found == "again":
        return _(_REPORTED_BEFORE)
    return _(_THANKS if heard else _STORED)
