"""“Why?” under a failed job: what its server said, for moderators alone."""

from __future__ import annotations

from typing import Final

import discord

from bot.discord_ui.access.jobs import job_here
from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import JobState

_NOT_FAILED: Final = "This job has not failed."
_NOTHING_KNOWN: Final = "No more is known about this failure than what the message says."
_TOLD: Final = "Why this failed:\n```\n{cause}\n```\n-# For whoever runs the bot: job `{job_id}` in its log, <t:{at}:f>"


async def press_why(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Tell the cause to this moderator alone."""
    if await moderated_guild(interaction) is None:
        return
    job = await job_here(interaction, job_id)
    if job is None:
        return
    if job.state is not JobState.FAILED:
        await tell(interaction, _NOT_FAILED)
    elif not job.cause:
        await tell(interaction, _NOTHING_KNOWN)
    else:
        # In a code block nothing is Markdown, a mention or a link.
        cause = job.cause.replace("``", "`\N{ZERO WIDTH SPACE}`")
        at = int(job.finished_at or job.created_at)
        await tell(interaction, _TOLD.format(cause=cause, job_id=job.id, at=at))
