"""The button Report under a result. Moderators then delete the image or dismiss the report."""

import logging
from typing import Final

import discord

from bot.discord_ui.access.jobs import find_job, seen_by_one
from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.discord_ui.images.deletion import record_deletion
from bot.ledger import DELETED, DISMISSED, Act, Case, Entry, Job, JobState
from bot.messages import (
    Address,
    NotNow,
    Undeliverable,
    has_copy,
    keep_copy,
    place_of,
    remove,
    render_report,
    report_decision,
)
from bot.translation import N_, _, language_called, ngettext, speaking

log = logging.getLogger(__name__)

REPORTS_A_DAY: Final = 10
"""Reports that one member can send in 24 hours."""

_NO_JOB: Final = N_("I don’t have that image any more. Please tell a moderator about it.")
_THANKS: Final = N_("🚩 Thank you for your report. Only the moderators can see who sent it.")
_STORED: Final = N_(
    "🚩 I’ve saved your report. This server’s moderators have no channel for reports yet, so they’ll only see it when "
    "they look at their queue or log. If it’s urgent, message a moderator."
)
_REPORTED_BEFORE: Final = N_("You’ve already reported this image.")
_KEPT: Final = N_("The moderators have already reviewed this image and decided to keep it.")
_GONE: Final = N_("The moderators have already reviewed this image and deleted it.")
_NOTED: Final = N_(
    "🚩 Your report is in the moderators’ log, with a link. I no longer have the request behind this image, so message "
    "a moderator if it’s urgent."
)
_FORGOTTEN: Final = N_(
    "I no longer have the request behind that image. If its message is still there, please delete it yourself."
)
_NOT_DELETED: Final = N_("Discord doesn’t let me delete it. Please delete its message yourself: {link}")
_NOT_DELETED_NOW: Final = N_(
    "Discord isn’t responding, so I couldn’t delete it. Press again in a minute, or delete its message yourself: {link}"
)


async def press_report(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Report the images of a job."""
    bot, guild_id = interaction.client, interaction.guild_id
    job = await find_job(interaction, job_id)
    if guild_id is not None and job is None and await _report_forgotten(interaction, guild_id, job_id):
        return
    if job is None or guild_id is None or job.private:
        await tell(interaction, _(_NO_JOB))
        return
    job = await _shown_by_sheet(interaction, job)
    job_id = job.id
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


async def _report_forgotten(interaction: discord.Interaction[Darkroom], guild_id: int, job_id: str) -> bool:
    """Report images whose job was erased, or pruned for its age: their message may stand there for ever. False if the
    job is neither, or the message has no image of this bot's.
    """
    bot, message = interaction.client, interaction.message
    job = await bot.ledger.job(job_id)
    if message is None or seen_by_one(interaction):
        return False
    if message.author != bot.user or not message.attachments:
        return False
    if job is not None and (job.erased_at is None or job.guild_id != guild_id):
        return False
    await begin_act(interaction, reply=True)
    asked = message.interaction_metadata
    requester = job.user_id if job is not None else None if asked is None else asked.user.id
    entry = Entry(guild_id, Act.REPORTED, interaction.user.id, requester, job_id, message.jump_url)
    case = await bot.ledger.cases.case(job_id, guild_id)
    waits = case is not None and case.decision is None
    found = await bot.ledger.reports.report(entry, REPORTS_A_DAY, known=waits)
    bot.ledger.signals.ring()
    await tell(interaction, _(_NOTED) if found == "new" else _answer(found, heard=True))
    return True


async def _shown_by_sheet(interaction: discord.Interaction[Darkroom], job: Job) -> Job:
    """The job that stands for what the member sees. For a sheet that is its first image without a message of its own:
    the one that the button names may have been taken out since, or deleted.
    """
    ledger, message = interaction.client.ledger, interaction.message
    grid = None if job.grid_id is None else await ledger.grids.grid(job.grid_id)
    if grid is None or message is None or message.id != grid.message_id:
        return job
    cells = [cell for cell in await ledger.grids.cells(grid.id) if cell.deleted_by is None]
    on_sheet = [cell for cell in cells if cell.message_id == grid.message_id]
    done = [cell for cell in (*on_sheet, *cells) if cell.state is JobState.DONE]
    return next(iter(done), job)


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
        await tell(interaction, _(_FORGOTTEN))
        return
    await begin_act(interaction, reply=False)
    entry = Entry(guild_id, Act.REPORT_DISMISSED, by, job.user_id, job_id, place_of(job))
    mine = await bot.ledger.reports.decide(job_id, guild_id, by, decision, entry if decision == DISMISSED else None)
    if mine and decision == DELETED:
        try:
            await remove(bot.channels, Address.of(job))
        except (Undeliverable, NotNow) as fault:
            await bot.ledger.reports.reopen(job_id, guild_id, by)
            log.warning("job %s: could not delete its reported images: %s", job_id, fault)
            said = _NOT_DELETED if isinstance(fault, Undeliverable) else _NOT_DELETED_NOW
            await tell(interaction, _(said).format(link=place_of(job)))
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
    # Another process is still deleting the images. If it has died, an open case has them deleted.
    if job is None or (case.decision == DELETED and job.deleted_by is None):
        return
    reporters = await bot.ledger.reports.reporters(job_id, case.guild_id)
    files = () if interaction.message is None else interaction.message.attachments
    copied = has_copy(one.filename for one in files)
    with speaking(language_called(await bot.ledger.rules.language(case.guild_id))):
        rendered = render_report(job, title_of(bot, job), reporters, None, case, copied=copied)
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
