"""Report under a result: brings it before the moderators, who delete it or dismiss the report."""

from __future__ import annotations

import logging
from typing import Final

import discord

from bot.discord_limits import NONCE
from bot.discord_ui.access.jobs import find_job
from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.images.deletion import record_deletion
from bot.ledger import REPORT, Act, Case, Entry, Job
from bot.messages import Address, NotNow, Undeliverable, amend, place_of, post, remove, render_report

log = logging.getLogger(__name__)

A_DAY: Final = 10
"""Reports of a member."""
_DELETED: Final = "deleted"
_DISMISSED: Final = "dismissed"

_NO_JOB: Final = "I do not remember that picture any more. Please tell a moderator."
_SAID: Final = {
    "new": "🚩 Thank you. The moderators are told; nobody else sees who reported it.",
    "again": "You have reported this one before. The moderators know of it.",
    "often": f"You have reported {A_DAY} pictures within a day, which is the most. Please write to a moderator.",
}
_KEPT: Final = "The moderators have looked at this picture already, and it stays."
_NOT_DELETED: Final = "I could not delete it: {fault}. You can delete its message yourself: {link}"


async def press_report(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Report the pictures of a job."""
    bot, guild_id = interaction.client, interaction.guild_id
    job = await find_job(interaction, job_id)
    if job is None or guild_id is None or job.private:
        await tell(interaction, _NO_JOB)
        return
    case = await bot.ledger.cases.case(job_id, guild_id)
    if case is not None and case.decision == _DISMISSED:
        await tell(interaction, _KEPT)
        return
    found = await bot.ledger.audit.report(guild_id, job_id, interaction.user.id, A_DAY)
    await tell(interaction, _SAID[found])
    if found == "new":
        bot.moderators_log.note(Entry(guild_id, Act.REPORTED, interaction.user.id, job.user_id, job_id, place_of(job)))
        await _bring(bot, job, guild_id)


async def press_delete_reported(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Take the pictures away."""
    await _decide(interaction, job_id, _DELETED)


async def press_dismiss(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Leave the pictures where they are."""
    await _decide(interaction, job_id, _DISMISSED)


async def _bring(bot: Darkroom, job: Job, guild_id: int) -> None:
    """Show the report to the moderators: one message a picture, whoever reports it."""
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
        await tell(interaction, _NO_JOB)
        return
    await interaction.response.defer()
    mine = await bot.ledger.cases.decide(job_id, guild_id, by, decision)
    if mine and decision == _DELETED:
        try:
            await remove(bot.channels, Address.of(job))
        except (Undeliverable, NotNow) as fault:
            await bot.ledger.cases.reopen(job_id, guild_id, by)
            await tell(interaction, _NOT_DELETED.format(fault=fault, link=place_of(job)))
            return
        await record_deletion(bot, job, by)
    case = await bot.ledger.cases.case(job_id, guild_id)
    if case is None:
        return
    if mine and decision == _DISMISSED:
        entry = Entry(guild_id, Act.REPORT_DISMISSED, by, job.user_id, job_id, place_of(job))
        bot.moderators_log.note(entry)
    elif not mine:
        await tell(interaction, f"That is decided already. {_words(case)}")
    await bot.ledger.cases.close(job_id, REPORT)
    reporters = await bot.ledger.cases.reporters(job_id, guild_id)
    rendered = render_report(job, title_of(bot, job), reporters, _words(case))
    await interaction.edit_original_response(content=rendered.content, view=None)


def _words(case: Case) -> str:
    sign = "🗑️ Deleted" if case.decision == _DELETED else "✅ Dismissed"
    return f"{sign} by <@{case.decided_by}>."
