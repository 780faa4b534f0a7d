"""Copies of reported images, made before anybody can delete the message that shows them."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

import discord

from bot.errors import LedgerAway, PictureRefused, SpoolFailed
from bot.ledger import Job, Ledger
from bot.messages.delivery.edits import Address, attachments_at
from bot.messages.delivery.kept_files import pack_files
from bot.messages.rendering.rendered import Attachment, unspoilered
from bot.messages.requests.downloads import download
from bot.messages.requests.refusals import NotNow, Undeliverable
from bot.spool import Spool

log = logging.getLogger(__name__)

_LARGEST: Final = 25 * 2**20
"""Bytes of one copy: no less than the bot sends in one message."""


async def keep_copy(ledger: Ledger, spool: Spool, job: Job, attachments: Sequence[discord.Attachment]) -> bool:
    """Store a copy of a reported job's files. False if that was not possible; the report counts without one, too."""
    if not attachments or sum(one.size for one in attachments) > _LARGEST:
        log.info("job %s: nothing to copy for a report, or too much", job.id)
        return False
    try:
        async with spool.box() as box:
            files = [
                Attachment(unspoilered(one.filename), await download(one.url, one.size, box)) for one in attachments
            ]
            async with spool.heavy:
                packed = await asyncio.to_thread(pack_files, files)
        await ledger.reports.keep_copy(job.id, packed)
    except (PictureRefused, SpoolFailed, LedgerAway, OSError) as fault:
        log.warning("job %s: could not copy its reported images: %s", job.id, fault)
        return False
    return True


async def copy_from_message(client: discord.Client, ledger: Ledger, spool: Spool, job: Job) -> bool:
    """Store a copy of what a reported job's message shows now. False if it shows nothing, or is out of reach."""
    try:
        attachments = await attachments_at(client, Address.of(job))
    except (Undeliverable, NotNow) as fault:
        log.info("job %s: could not see its reported images: %s", job.id, fault)
        return False
    return await keep_copy(ledger, spool, job, attachments)
