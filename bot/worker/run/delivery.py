"""The last step of a job: its files reach its owner, or are kept until they can."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from bot.messages import KEPT, Attachment, Cause, Rendered, Undeliverable, pack_files
from bot.translation import _
from bot.worker.files.attachments import PackedFor, sent_smaller
from bot.worker.run.run import Run

log = logging.getLogger(__name__)

Render = Callable[[Sequence[Attachment], Sequence[str]], Rendered]
"""Renders the end of a job with these files and notes."""

_FILES_REFUSED: Final = {Cause.TOO_LARGE, Cause.INVALID}
"""Discord refused the files or something about them, so a message without files may pass."""


class Undelivered(Exception):  # noqa: N818 - the image is there, and is delivered later
    """A fault of our own stopped the delivery of a finished job."""


async def deliver_files(run: Run, packed: PackedFor, render: Render, *, keep: bool) -> None:
    """Show the end of a job, with its files as large as Discord accepts.

    If Discord accepts none, or nothing reaches the owner, `keep` says whether they are stored for `/history`. Raises
    `Undeliverable` if the reply was never sent, because then nobody is waiting.
    """
    if run.job.grid_id is not None:
        await _keep_cell(run, packed, render)
        return
    kept: list[Attachment] = []

    async def show(files: list[Attachment], notes: list[str]) -> None:
        kept[:] = kept or files
        await _show(run, render(files, notes))

    try:
        await sent_smaller(packed, run.job.upload_limit, show)
    except Undeliverable as fault:
        if fault.cause is Cause.NO_MESSAGE and run.message.message_id is None:
            raise
        log.warning("job %s: could not deliver its result: %s", run.job.id, fault)
        if keep and kept:
            async with run.box.spool.heavy:
                await run.ledger.shelf.keep_result(run.job.id, await asyncio.to_thread(pack_files, kept))
            log.info("job %s: its files are stored for /history", run.job.id)
        if fault.cause in _FILES_REFUSED:
            await _show_without_files(run, render((), [_(KEPT)] if keep and kept else []))


async def _keep_cell(run: Run, packed: PackedFor, render: Render) -> None:
    """A cell of a grid has no message: its files are kept for the sheet, and for the menu that takes it out."""
    files, notes = await packed(run.job.upload_limit)
    rendered = render(files, notes)
    await run.confirmed()
    async with run.box.spool.heavy:
        await run.ledger.shelf.keep_result(run.job.id, await asyncio.to_thread(pack_files, rendered.files or ()))
    await run.message.finish(rendered)


async def _show(run: Run, rendered: Rendered) -> None:
    if (moved := await run.message.finish(rendered, run.confirmed)) is not None:
        await run.ledger.moved(run.job.id, moved)


async def _show_without_files(run: Run, rendered: Rendered) -> None:
    try:
        await _show(run, rendered)
    except Undeliverable as fault:
        log.warning("job %s: could not tell its owner about that either: %s", run.job.id, fault)
