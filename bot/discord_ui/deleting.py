"""Delete: takes a job's message away, for its owner and for moderators. The ledger keeps the job."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final

import discord

from bot.discord_ui.jobs_here import job_here, may_decide
from bot.discord_ui.replies import tell
from bot.ledger import Job

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

log = logging.getLogger(__name__)

_NOT_YOURS: Final = "That picture is not yours: only the member who ordered it, or a moderator, can delete it."
_DELETED: Final = "🗑️ Deleted, and `/history` will not show it."
_NOT_ALL: Final = "I could not delete the message itself: I am not allowed to. A moderator can."


async def press_delete(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Delete the message under which this was pressed, and the job's own where that is another one."""
    job = await job_here(interaction, job_id)
    if job is None:
        return
    if not await may_decide(interaction, job):
        await tell(interaction, _NOT_YOURS)
        return
    await interaction.response.defer()
    await interaction.client.ledger.deleted(job.id, by=interaction.user.id)
    log.info("job %s: its message is deleted by %d", job.id, interaction.user.id)
    gone = await _delete(interaction, job)
    await tell(interaction, _DELETED if gone else _NOT_ALL)


async def _delete(interaction: discord.Interaction[Darkroom], job: Job) -> bool:
    """Whether nothing of it is left."""
    # The press's own token reaches its message also where the bot sees no channel, and where nobody else sees it.
    deletions: list[Awaitable[None]] = [interaction.delete_original_response()]
    if job.message_id is not None and interaction.message is not None and job.message_id != interaction.message.id:
        deletions.append(interaction.client.channels.delete(job.channel_id, job.message_id))
    return all([await _gone(deletion, job) for deletion in deletions])


async def _gone(deletion: Awaitable[None], job: Job) -> bool:
    try:
        await deletion
    except discord.NotFound:
        return True
    except discord.HTTPException as fault:
        log.warning("job %s: its message could not be deleted: %s", job.id, fault)
        return False
    return True
