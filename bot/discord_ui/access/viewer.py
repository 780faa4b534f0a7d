"""Who looks, and at what: another server's jobs do not exist for them, and private ones have no words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import discord

from bot.discord_ui.bot import Darkroom
from bot.ledger import Job

Titled = Callable[[Job], str]
"""What the workflow of a job is called."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member of a guild; in direct messages (None) everybody is alone."""

    guild_id: int | None
    user_id: int

    @staticmethod
    def of(interaction: discord.Interaction[Darkroom]) -> Viewer:
        """Whoever did this, where they did it."""
        return Viewer(interaction.guild_id, interaction.user.id)

    def owns(self, job: Job) -> bool:
        """Whether it is their own, and belongs here."""
        return job.user_id == self.user_id and job.guild_id == self.guild_id

    def sees(self, job: Job) -> bool:
        """Whether it belongs to this place at all."""
        return job.guild_id == self.guild_id and (self.guild_id is not None or job.user_id == self.user_id)

    def reads(self, job: Job, *, moderates: bool = False) -> bool:
        """Whether they may know what it is. What a rule holds back is for its owner and for moderators, what is private
        for its owner alone.
        """
        others_may = not job.private and (moderates or not job.hidden)
        return self.sees(job) and (others_may or job.user_id == self.user_id)


def state_of(job: Job) -> str:
    """A job's state in one or two words: what a server has not begun yet is not running."""
    return "up next" if job.is_ready else str(job.state)


def title_of(bot: Darkroom, job: Job) -> str:
    """What the job's workflow is called, also where its pack is gone. Not escaped."""
    return bot.library.title_of(job.workflow)
