"""The button "Why?" under a failed job: what its ComfyUI server said, for moderators only."""

from typing import Final

import discord

from bot.discord_times import shown_time
from bot.discord_ui.access.jobs import job_here
from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import JobState
from bot.translation import N_, _

_NOT_FAILED: Final = N_("This job hasn’t failed.")
_NO_CAUSE: Final = N_("There are no further details about this failure.")
_CAUSE: Final = N_(
    "Why this failed:\n```\n{cause}\n```\n-# For whoever runs this bot: look for job `{job_id}` in its log, {when}"
)


async def press_why(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Show the cause to this moderator privately."""
    if await moderated_guild(interaction) is None:
        return
    job = await job_here(interaction, job_id)
    if job is None:
        return
    if job.state is not JobState.FAILED:
        await tell(interaction, _(_NOT_FAILED))
    elif not job.cause:
        await tell(interaction, _(_NO_CAUSE))
    else:
        # Nothing in a code block acts as Markdown, a mention or a link: the cause must not end the block.
        cause = job.cause.replace("``", "`\N{ZERO WIDTH SPACE}`")
        when = shown_time(job.finished_at or job.created_at, "f")
        await tell(interaction, _(_CAUSE).format(cause=cause, job_id=job.id, when=when))
