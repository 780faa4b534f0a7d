"""Holds a job's images until a moderator has seen them. Meanwhile they stay on their server."""

import logging
from dataclasses import replace

from bot.ledger import PICTURE, Job, Ledger
from bot.messages import Attachment, JobMessage, NotNow, Undeliverable, post, render_approval
from bot.translation import language_called, speaking
from bot.worker.files.attachments import PackedFor, sent_smaller
from bot.worker.moderators.approvals import approval_nonce

log = logging.getLogger(__name__)


async def hold_pictures(ledger: Ledger, message: JobMessage, job: Job, title: str, packed: PackedFor, why: str) -> None:
    """Show the images to moderators only, and let the job wait for their decision."""
    shown = await _show(ledger, message, replace(job, hold_reason=f"{PICTURE}: {why}"), title, packed)
    await message.close()
    held = await ledger.hold_pictures(job, why)
    # After a crash at this point the message is sent again, and Discord recognises it by its nonce.
    if held is not None and shown is not None:
        await ledger.cases.open(held, PICTURE, *shown)


async def _show(ledger: Ledger, message: JobMessage, job: Job, title: str, packed: PackedFor) -> tuple[int, int] | None:
    """Channel id and message id of the moderators' message; None if it cannot be sent."""
    guild = (await ledger.rules.book(job.guild_id or 0)).guild
    channel_id = guild.approval_channel or guild.audit_channel
    if channel_id is None:
        return None

    language = language_called(await ledger.rules.language(job.guild_id))

    async def send(files: list[Attachment], _: list[str]) -> int:
        with speaking(language):
            rendered = render_approval(job, PICTURE, title, files)
        return await post(message.channels, channel_id, rendered, approval_nonce(job, PICTURE))

    try:
        return channel_id, await sent_smaller(packed, job.upload_limit, send)
    except (Undeliverable, NotNow) as fault:
        log.warning("job %s: could not show its images to the moderators: %s", job.id, fault)
        return None
