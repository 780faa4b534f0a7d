"""Holding a job's pictures back until a moderator has seen them. They stay on their server meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.ledger import PICTURE, Job, Ledger
from bot.messages import Attachment, JobMessage, NotNow, Undeliverable, post, render_approval
from bot.worker.approvals import approval_nonce

log = logging.getLogger(__name__)


async def hold_pictures(
    ledger: Ledger, message: JobMessage, job: Job, title: str, files: Sequence[Attachment], why: str
) -> None:
    """Show the pictures to the moderators alone, and let the job wait for what they say."""
    shown = await _show(ledger, message, replace(job, hold_reason=f"{PICTURE}: {why}"), title, files)
    await message.close()
    held = await ledger.hold_pictures(job, why)
    # Should this process end in between, the message is sent once more, which Discord takes for the same one.
    if held is not None and shown is not None:
        await ledger.cases.open(held, PICTURE, *shown)


async def _show(
    ledger: Ledger, message: JobMessage, job: Job, title: str, files: Sequence[Attachment]
) -> tuple[int, int] | None:
    """Channel and number of the moderators' message; None where it cannot be written."""
    guild = (await ledger.rules.book(job.guild_id or 0)).guild
    channel_id = guild.approval_channel or guild.audit_channel
    if channel_id is None:
        return None
    rendered = render_approval(job, PICTURE, title, files)
    try:
        return channel_id, await post(message.channels, channel_id, rendered, approval_nonce(job, PICTURE))
    except (Undeliverable, NotNow) as fault:
        log.warning("job %s: its pictures were not shown to the moderators: %s", job.id, fault)
        return None
