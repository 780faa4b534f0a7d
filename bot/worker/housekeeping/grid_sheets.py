"""Keeps the sheets of grids up to date: one process does it for all, and each sheet has one writer.

Everything is read from the ledger. So it does not matter which process runs a cell, and a restart loses nothing: the
images of finished cells are there, and the next sheet shows them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.conversions import Conversions
from bot.errors import LedgerAway, SpoolFailed
from bot.ledger import Grid, GuildRules, Job, JobState, Ledger, poll
from bot.messages import (
    PARTING_SECONDS,
    SHEET_NAME,
    Address,
    Attachment,
    Cause,
    Channels,
    JobMessage,
    NotNow,
    TokenDead,
    Undeliverable,
    correct,
    is_over,
    render_grid,
    render_grid_parting,
    sheet_of,
    sheet_text,
    spoilered,
    unpack_files,
    whisper,
)
from bot.spool import Spool, read
from bot.translation import N_, _, language_called, speaking
from bot.worker.housekeeping.waiting_reasons import waiting_reasons
from bot.workflows import Library

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 5.0
"""The bell may miss changes."""
_PAUSE_SECONDS: Final = 0.25
"""Minimum pause between two looks, so that many changes cause one sheet."""
_DRIFT_SECONDS: Final = 20
"""A shift of an estimate that is not worth an edit."""
_FILES_REFUSED: Final = {Cause.TOO_LARGE, Cause.INVALID}
_SPOILER: Final = "SPOILER_"
_WARNING: Final = N_(
    "I can edit this reply for 15 minutes only. If your grid takes longer, I’ll send it to you as a direct message. To "
    "be sure you get it, allow direct messages from members of this server."
)


@dataclass(slots=True)
class _Sheet:
    """What this process knows about one sheet: its writer, small images by job, and what it shows."""

    message: JobMessage
    thumbnails: dict[str, bytes | None] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    """The jobs whose images are shown as spoilers."""
    shown: object = None
    drawn: object = None
    task: asyncio.Task[None] | None = None


class GridSheets:
    """`leads` says whether this process is the one that writes the sheets, `mark` whether they get the AI mark, `limit`
    how much may be spent in a month, in millionths (None: there is no limit).
    """

    def __init__(
        self,
        ledger: Ledger,
        channels: Channels,
        library: Library,
        spool: Spool,
        conversions: Conversions,
        leads: Callable[[], bool],
        limit: int | None,
        *,
        mark: bool,
    ) -> None:
        self._ledger = ledger
        self._channels = channels
        self._library = library
        self._spool = spool
        self._conversions = conversions
        self._leads = leads
        self._limit = limit
        self._mark = mark
        self._sheets: dict[str, _Sheet] = {}

    async def run(self) -> None:
        """Update the sheets until cancelled."""
        bell, trouble = self._ledger.signals.bell, "could not update the sheets of grids"
        try:
            await poll(self._look, _LOOK_SECONDS, trouble, bell=bell, rest_seconds=_PAUSE_SECONDS)
        finally:
            await self._stop(list(self._sheets))

    async def _look(self) -> None:
        if not self._leads():
            await self._stop(list(self._sheets))
            return
        grids = {grid.id: grid for grid in await self._ledger.grids.open()}
        await self._stop([grid_id for grid_id in self._sheets if grid_id not in grids])
        paused = await self._ledger.rules.paused() if grids else {}
        for grid in grids.values():
            sheet = self._sheets.get(grid.id)
            if sheet is None:
                message = JobMessage(self._channels, grid.id, Address.of_grid(grid), unread=True)
                message.permitted = self._leads
                sheet = self._sheets[grid.id] = _Sheet(message)
            sheet.message.found(grid.message_id)
            if sheet.task is None or sheet.task.done():
                sheet.task = asyncio.create_task(
                    self._update(sheet, grid, paused.get(grid.guild_id or 0)), name=f"sheet of {grid.id}"
                )

    async def _stop(self, grid_ids: Sequence[str]) -> None:
        for grid_id in grid_ids:
            sheet = self._sheets.pop(grid_id)
            if sheet.task is not None and sheet.task is not asyncio.current_task():
                sheet.task.cancel()
                await asyncio.gather(sheet.task, return_exceptions=True)
            await sheet.message.close()

    async def _update(self, sheet: _Sheet, grid: Grid, paused: GuildRules | None) -> None:
        try:
            await self._show(sheet, grid, paused)
        except (LedgerAway, SpoolFailed, NotNow) as fault:
            log.info("grid %s: its sheet is updated later: %s", grid.id, fault)
        except Exception:
            log.exception("grid %s: could not update its sheet", grid.id)

    async def _show(self, sheet: _Sheet, grid: Grid, paused: GuildRules | None) -> None:
        cells = await self._ledger.grids.cells(grid.id)
        if not cells:
            await self._ledger.grids.close(grid.id, tell=False)  # pruned
            return
        await self._note_message(sheet, grid)
        with speaking(language_called(cells[0].language)):
            await self._show_cells(sheet, grid, cells, paused)

    async def _show_cells(self, sheet: _Sheet, grid: Grid, cells: Sequence[Job], paused: GuildRules | None) -> None:
        if grid.closed_at is not None:
            await self._correct(sheet, grid, cells)
            return
        if is_over(cells):
            await self._finish(sheet, grid, cells)
            return
        if grid.warned_at is None and (grid.private or not grid.channel_visible):
            await self._warn(sheet, grid, cells)
        ready_at = await self._ready_at(grid, cells)
        note = await self._note(cells)
        coarse = None if ready_at is None else round(ready_at / _DRIFT_SECONDS)
        states = tuple((cell.state, cell.is_ready, cell.held_by, cell.deleted_by) for cell in cells)
        now = states, coarse, None if paused is None else paused.paused_by, note
        if now == sheet.shown:
            return
        files = await self._files(sheet, grid, cells)
        rendered = render_grid(grid, self._title(grid), cells, ready_at=ready_at, paused=paused, note=note, files=files)
        sheet.shown = now
        sheet.message.show(lambda: rendered)

    async def _note_message(self, sheet: _Sheet, grid: Grid) -> None:
        """Record the reply's id if the process that sent the reply died before it could. Without the id, nobody could
        edit or delete the sheet once its token is dead.
        """
        if grid.message_id is None and (message_id := sheet.message.message_id) is not None:
            await self._ledger.grids.acknowledged(grid.id, message_id)

    async def _ready_at(self, grid: Grid, cells: Sequence[Job]) -> float | None:
        """When all cells should be done."""
        if any(cell.state is JobState.QUEUED and cell.held_by is None for cell in cells):
            return await self._ledger.grids.ready_at(grid.id)
        running = [cell for cell in cells if cell.state is JobState.RUNNING]
        return max(((cell.begun_at or time.time()) + cell.cost for cell in running), default=None)

    async def _note(self, cells: Sequence[Job]) -> str | None:
        """Why the next cell waits, if not because of jobs ahead of it."""
        waiting = next((cell for cell in cells if cell.state is JobState.QUEUED and cell.held_by is None), None)
        if waiting is None:
            return None
        return (await waiting_reasons(self._ledger, self._library, self._limit, [waiting])).of(waiting)

    async def _finish(self, sheet: _Sheet, grid: Grid, cells: Sequence[Job]) -> None:
        """Show how all cells ended, and close the grid once that has arrived."""
        message = sheet.message
        await message.read()
        await self._note_message(sheet, grid)
        if message.ended is None and message.unread and (moved := await message.find_end()) is not None:
            await self._ledger.grids.moved(grid.id, moved)
        if message.ended is None and not message.gone:
            sheet.drawn = None
            files = await self._files(sheet, grid, cells)
            try:
                await self._send_end(sheet, grid, cells, files)
            except Undeliverable as fault:
                log.warning("grid %s: its sheet can no longer be shown: %s", grid.id, fault)
        # After a crash at this point the message says already how the grid ended.
        await self._ledger.grids.close(grid.id, tell=message.in_place)
        log.info("grid %s: all %d cells have ended", grid.id, len(cells))

    async def _correct(self, sheet: _Sheet, grid: Grid, cells: Sequence[Job]) -> None:
        """A cell was deleted after the end: take it off the sheet, unless the other images are no longer kept."""
        files = await self._files(sheet, grid, cells)
        left = [cell for cell in cells if cell.state is JobState.DONE and cell.deleted_by is None]
        if not left or any(sheet.thumbnails.get(cell.id) is not None for cell in left):
            try:
                rendered = render_grid(grid, self._title(grid), cells, files=files)
                await correct(self._channels, Address.of_grid(grid), rendered)
            except Undeliverable as fault:
                log.warning("grid %s: its sheet can no longer be corrected: %s", grid.id, fault)
        else:
            log.warning("grid %s: its sheet still shows a deleted image, because the others are gone", grid.id)
        await self._ledger.grids.corrected(grid.id)

    async def _send_end(
        self, sheet: _Sheet, grid: Grid, cells: Sequence[Job], files: tuple[Attachment, ...] | None
    ) -> None:
        async def confirmed() -> None:
            if not self._leads():
                raise LedgerAway("another process writes the sheets now")

        rendered = render_grid(grid, self._title(grid), cells, files=files)
        try:
            moved = await sheet.message.finish(rendered, confirmed)
        except Undeliverable as fault:
            if fault.cause not in _FILES_REFUSED or not files:
                raise
            without = render_grid(grid, self._title(grid), cells, files=())
            moved = await sheet.message.finish(without, confirmed)
        if moved is not None:
            await self._ledger.grids.moved(grid.id, moved)

    async def _files(self, sheet: _Sheet, grid: Grid, cells: Sequence[Job]) -> tuple[Attachment, ...] | None:
        """The sheet, or None if it looks as before. Before anything is done there is none."""
        for cell in cells:
            if cell.state is JobState.DONE and cell.deleted_by is None and cell.id not in sheet.thumbnails:
                await self._fetch(sheet, cell)
        if not any(cell.state is JobState.DONE for cell in cells):
            return ()
        picture = sheet_of(grid, cells, sheet.thumbnails)
        if picture == sheet.drawn:
            return None
        async with self._spool.box() as box:
            drawn = await self._conversions.sheet(box, picture, grid.upload_limit, mark=self._mark)
            content = await asyncio.to_thread(read, drawn)
        sheet.drawn = picture
        files = (Attachment(SHEET_NAME, content, description=sheet_text(grid, cells)),)
        return spoilered(files) if sheet.hidden or any(cell.spoiler for cell in cells) else files

    async def _fetch(self, sheet: _Sheet, cell: Job) -> None:
        """A finished cell's image, small. The whole image is in memory for a moment only."""
        async with self._spool.heavy, self._spool.box() as box:
            kept = await self._ledger.shelf.result(cell.id)
            files = [] if kept is None else await asyncio.to_thread(unpack_files, kept)
            sheet.thumbnails[cell.id] = None
            for file in files:
                if (small := await self._conversions.thumbnail(box, file.content)) is not None:
                    sheet.thumbnails[cell.id] = small
                    break
            if any(file.filename.startswith(_SPOILER) for file in files):
                sheet.hidden.add(cell.id)

    async def _warn(self, sheet: _Sheet, grid: Grid, cells: Sequence[Job]) -> None:
        """Say where the sheet goes while the token can still say it."""
        if time.time() < grid.created_at + PARTING_SECONDS:
            return
        try:
            await sheet.message.part(render_grid_parting(grid, cells))
            await whisper(self._channels.client, Address.of_grid(grid), _(_WARNING))
        except (TokenDead, Undeliverable) as fault:
            log.info("grid %s: cannot warn its owner: %s", grid.id, fault)
        await self._ledger.grids.warned(grid.id)

    def _title(self, grid: Grid) -> str:
        return self._library.title_of(grid.workflow)
