"""The controls under a sheet: Cancel, the menu that takes a cell out, and Delete."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import discord

from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.access.jobs import job_here, may_decide, seen_by_one
from bot.discord_ui.access.shown_again import checked_again, fit_to_limit, terms_here
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.forms import picked
from bot.discord_ui.core.replies import refuse, tell
from bot.discord_ui.core.views import view_of
from bot.ledger import Grid, Job, JobState
from bot.messages import (
    Address,
    NotNow,
    Undeliverable,
    button_row,
    copy_from_message,
    discord_file,
    link_to,
    place_of,
    remove,
    render_done,
    unpack_files,
)
from bot.moderation import interventions
from bot.translation import N_, _
from bot.workflows import continuations

log = logging.getLogger(__name__)

GRID_DELETE_SURE_ID: Final = "darkroom:grid:sure:{grid_id}"

_OVER: Final = N_("That grid has already ended, so there is nothing to cancel.")
_NO_GRID: Final = N_("I no longer have that grid. Start a new one with `/grid`.")
_NOT_YOURS: Final = N_("That grid is not yours. Only the member who requested it or a moderator can do this.")
_NOT_DONE: Final = N_("That one isn’t done, so there is nothing to take out.")
_NOT_KEPT: Final = N_(
    "I keep the images of a grid for a week, and that one is gone. You can still find its settings in `/history`."
)
_REPORTED: Final = N_("Somebody reported this grid. You can take this one out once a moderator has decided.")
_OUT_ALREADY: Final = N_("It’s here already: {link}")


async def press_cancel_grid(interaction: discord.Interaction[Darkroom], grid_id: str) -> None:
    """Cancel what is left of a grid."""
    found = await _grid_here(interaction, grid_id)
    if found is None:
        return
    _grid, cells = found
    left = [cell for cell in cells if cell.state in {JobState.QUEUED, JobState.RUNNING}]
    if not left:
        await tell(interaction, _(_OVER))
    elif cells[0].user_id != interaction.user.id:
        await carry_out(interaction, lambda moderator: interventions.cancel(moderator, left[0].id, None))
    else:
        await begin_act(interaction, reply=False)
        await interaction.client.ledger.grids.cancel(grid_id, by=interaction.user.id)


async def take_cell(interaction: discord.Interaction[Darkroom], grid_id: str) -> None:
    """Show the chosen cell in a message of its own, in full size and with all buttons."""
    bot, job_id = interaction.client, picked(interaction)
    found = await _grid_here(interaction, grid_id)
    if found is None:
        return
    grid, cells = found
    job = next((cell for cell in cells if cell.id == job_id), None)
    if job is None or job.state is not JobState.DONE or job.deleted_by is not None:
        await tell(interaction, _(_NOT_DONE))
        return
    if not grid.private and job.message_id != grid.message_id:
        await tell(interaction, _(_OUT_ALREADY).format(link=link_to(job)))
        return
    if await _is_reported(bot, job):
        await tell(interaction, _(_REPORTED))
        return
    kept = await bot.ledger.shelf.result(job.id)
    if kept is None:
        await tell(interaction, _(_NOT_KEPT))
        return
    terms = await terms_here(interaction, job)
    if isinstance(terms, str):
        await tell(interaction, terms)
        return
    await begin_act(interaction, reply=True, private=grid.private)
    async with bot.spool.box() as box:
        stored = await asyncio.to_thread(unpack_files, kept)
        fitted = await fit_to_limit(bot, box, stored, interaction.filesize_limit)
        files = await checked_again(interaction, job, fitted, terms, box)
        if isinstance(files, str):
            await refuse(interaction, files)
            return
        offered = continuations(bot.library, interaction.guild_id)
        rendered = render_done(job, title_of(bot, job), job.seconds, files, offered=offered)
        sent = [discord_file(one.content, one.filename, one.description) for one in rendered.files or ()]
        message = await interaction.edit_original_response(
            content=rendered.content, attachments=sent, view=button_row(rendered.buttons)
        )
    if not await bot.ledger.grids.take_out(job, message.id) and not grid.private:
        # Two presses at once: the other one was faster.
        now = await bot.ledger.job(job.id)
        await interaction.delete_original_response()
        await tell(interaction, _(_OUT_ALREADY).format(link=None if now is None else link_to(now)))


async def press_delete_grid(interaction: discord.Interaction[Darkroom], grid_id: str) -> None:
    """Ask whether to delete the sheet."""
    if await _grid_here(interaction, grid_id) is None:
        return
    confirm = GRID_DELETE_SURE_ID.format(grid_id=grid_id)
    view = view_of(discord.ui.Button(label=_("Delete"), custom_id=confirm, style=discord.ButtonStyle.danger))
    question = _("Delete this grid for everyone? Images taken out of it stay.")
    await interaction.response.send_message(question, view=view, ephemeral=True)


async def press_delete_sure(interaction: discord.Interaction[Darkroom], grid_id: str) -> None:
    """Delete the sheet and the images on it: the member confirmed it."""
    bot, by = interaction.client, interaction.user.id
    found = await _grid_here(interaction, grid_id)
    if found is None:
        return
    grid, cells = found
    await begin_act(interaction, reply=False)
    on_sheet = [cell for cell in cells if cell.message_id == grid.message_id]
    # A report of the sheet is kept with its first image, which stands for all in the log as well.
    first = next((cell for cell in on_sheet if cell.state is JobState.DONE), next(iter(on_sheet), None))
    if first is not None:
        if await bot.ledger.reports.lacks_copy(first.id):
            # Moderators have to see what was reported, whatever its requester deletes.
            await copy_from_message(bot, bot.ledger, bot.spool, first)
        await bot.ledger.deleted(first.id, by=by, place=place_of(first))
    await bot.ledger.grids.deleted(grid_id, by=by)
    try:
        await remove(bot.channels, Address.of_grid(grid).without_token())
        said = _("🗑️ Deleted. `/history` won’t show it any more.")
    except (Undeliverable, NotNow) as fault:
        log.warning("grid %s: could not delete its message: %s", grid_id, fault)
        said = _("I couldn’t delete the message: Discord doesn’t let me. A moderator can delete it by hand.")
    if seen_by_one(interaction):
        await interaction.edit_original_response(content=said, view=None)
    else:
        await tell(interaction, said)


async def _is_reported(bot: Darkroom, job: Job) -> bool:
    """Whether moderators have to decide about the sheet, whose report is kept with this cell."""
    case = None if job.guild_id is None else await bot.ledger.cases.case(job.id, job.guild_id)
    return case is not None and case.open


async def _grid_here(interaction: discord.Interaction[Darkroom], grid_id: str) -> tuple[Grid, tuple[Job, ...]] | None:
    """The grid with its cells, if this member may decide about it. If None, the member knows why not."""
    ledger = interaction.client.ledger
    grid = await ledger.grids.grid(grid_id)
    cells = () if grid is None else await ledger.grids.cells(grid_id)
    if grid is None or not cells:
        await tell(interaction, _(_NO_GRID))
        return None
    if await job_here(interaction, cells[0].id) is None:
        return None
    if not await may_decide(interaction, cells[0]):
        await tell(interaction, _(_NOT_YOURS))
        return None
    return grid, cells
