"""What a member may see: no jobs of other servers, and no prompts of other members' private jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.ledger import Job, JobState
from bot.translation import N_, _

_STATES: Final = {
    JobState.QUEUED: N_("queued"),
    JobState.RUNNING: N_("running"),
    JobState.DONE: N_("done"),
    JobState.FAILED: N_("failed"),
    JobState.CANCELLED: N_("cancelled"),
}

Titled = Callable[[Job], str]
"""Returns the title of a job's workflow."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member of a guild. In direct messages (`guild_id` None) everybody sees their own jobs only."""

    guild_id: int | None
    user_id: int

    @staticmethod
    def of(interaction: discord.Interaction[Darkroom]) -> Viewer:
        """The member behind this interaction, in the place where they used it."""
        return Viewer(interaction.guild_id, interaction.user.id)

    def owns(self, job: Job) -> bool:
        """Whether the job is theirs and belongs to this place."""
        return job.user_id == self.user_id and job.guild_id == self.guild_id

    def sees(self, job: Job) -> bool:
        """Whether the job belongs to this place."""
        return job.guild_id == self.guild_id and (self.guild_id is not None or job.user_id == self.user_id)

    def reads(self, job: Job, *, moderates: bool = False) -> bool:
        """Whether they may see what the job is. A private job is for its owner, one that a rule holds back is for its
        owner and for moderators.
        """
        others_may = not job.private and (moderates or not job.hidden)
        return self.sees(job) and (others_may or job.user_id == self.user_id)


def state_of(job: Job) -> str:
    """A job's state in one or two words. A job that its server has not started yet is up next, not running."""
    return _("up next") if job.is_ready else _(_STATES[job.state])


def title_of(bot: Darkroom, job: Job) -> str:
    """The title of the job's workflow, even if its pack was removed. Not escaped."""
    return bot.library.title_of(job.workflow)
