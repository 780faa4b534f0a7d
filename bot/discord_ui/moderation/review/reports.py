"""The button Report under a result. Moderators then delete the image or dismiss the report."""

import logging
from typing import Final

import discord

from bot.discord_limits import NONCE
from bot.discord_ui.access.jobs import find_job
from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.discord_ui.images.deletion import record_deletion
from bot.ledger import REPORT, Act, Case, Entry, Job
from bot.messages import Address, NotNow, Undeliverable, amend, place_of, post, remove, render_report
from bot.translation import N_, _, ngettext

log = logging.getLogger(__name__)

REPORTS_A_DAY: Final = 10
"""Reports that one member can send in 24 hours."""
_DELETED: Final = "deleted"
_DISMISSED: Final = "dismissed"

_NO_JOB: Final = N_("I don’t have that image any more. Please tell a moderator about it.")
_THANKS: Final = N_("🚩 Thank you for your report. Only the moderators can see who sent it.")
_REPORTED_BEFORE: Final = N_("You’ve already reported this image.")
_KEPT: Final = N_("The moderators have already reviewed this image and decided to keep it.")
_NOT_DELETED: Final = N_("I couldn’t delete it: {fault}. You can delete its message yourself: {link}")


async def press_report(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Report the images of a job."""
    bot, guild_id = interaction.client, interaction.guild_id
    job = await find_job(interaction, job_id)
    if job is None or guild_id is None or job.private:
        await tell(interaction, _(_NO_JOB))
        return
    case = await bot.ledger.cases.case(job_id, guild_id)
    if case is not None and case.decision == _DISMISSED:
        await tell(interaction, _(_KEPT))
        return
    await begin_act(interaction, reply=True)
    found = await bot.ledger.audit.report(guild_id, job_id, interaction.user.id, REPORTS_A_DAY)
    await tell(interaction, _answer(found))
    if found == "new":
        bot.moderators_log.note(Entry(guild_id, Act.REPORTED, interaction.user.id, job.user_id, job_id, place_of(job)))
        await _show_to_moderators(bot, job, guild_id)


async def press_delete_reported(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Delete the images."""
    await _decide(interaction, job_id, _DELETED)


async def press_dismiss(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Dismiss the report; the images stay."""
    await _decide(interaction, job_id, _DISMISSED)


async def _show_to_moderators(bot: Darkroom, job: Job, guild_id: int) -> None:
    """Post the report for the moderators. Further reports of the same job only change that message."""
    guild = (await bot.ledger.rules.book(guild_id)).guild
    channel_id = guild.approval_channel or guild.audit_channel
    await bot.ledger.cases.open(job, REPORT)
    case = await bot.ledger.cases.case(job.id, guild_id)
    if channel_id is None or case is None or case.decision is not None:
        return
    rendered = render_report(job, title_of(bot, job), await bot.ledger.cases.reporters(job.id, guild_id))
    try:
        if case.channel_id is None or case.message_id is None:
            message_id = await post(bot.channels, channel_id, rendered, f"re-{job.id.replace('-', '')}"[:NONCE])
            await bot.ledger.cases.shown(job.id, REPORT, channel_id, message_id)
        else:
            await amend(bot.channels, case.channel_id, case.message_id, rendered)
    except (Undeliverable, NotNow) as fault:
        log.warning("job %s: could not show a report to the moderators: %s", job.id, fault)


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
    mine = await bot.ledger.cases.decide(job_id, guild_id, by, decision)
    if mine and decision == _DELETED:
        try:
            await remove(bot.channels, Address.of(job))
        except (Undeliverable, NotNow) as fault:
            await bot.ledger.cases.reopen(job_id, guild_id, by)
            await tell(interaction, _(_NOT_DELETED).format(fault=fault, link=place_of(job)))
            return
        await record_deletion(bot, job, by)
    case = await bot.ledger.cases.case(job_id, guild_id)
    if case is None:
        return
    if mine and decision == _DISMISSED:
        entry = Entry(guild_id, Act.REPORT_DISMISSED, by, job.user_id, job_id, place_of(job))
        bot.moderators_log.note(entry)
    elif not mine:
        await tell(interaction, _("This has already been decided. {decision}").format(decision=_decision(case)))
    await bot.ledger.cases.close(job_id, REPORT)
    reporters = await bot.ledger.cases.reporters(job_id, guild_id)
    rendered = render_report(job, title_of(bot, job), reporters, _decision(case))
    await interaction.edit_original_response(content=rendered.content, view=None)


def _decision(case: Case) -> str:
    said = _("🗑️ Deleted by {moderator}.") if case.decision == _DELETED else _("✅ Dismissed by {moderator}.")
    return said.format(moderator=f"<@{case.decided_by}>")


def _answer(found: str) -> str:
    """What a member reads. `found` is what the ledger says about their report: new, again or often."""
    if found == "often":
        return ngettext(
            "You’ve reported {count} image in 24 hours, which is the limit. Please message a moderator instead.",
            "You’ve reported {count} images in 24 hours, which is the limit. Please message a moderator instead.",
            REPORTS_A_DAY,
        ).format(count=REPORTS_A_DAY)
    return _(_THANKS) if found == "new" else _(_REPORTED_BEFORE)
