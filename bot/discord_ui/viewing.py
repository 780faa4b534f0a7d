"""Who looks, and at what: another guild's jobs do not exist for him, and private ones have no words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot.ledger import Job

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

Titled = Callable[[Job], str]
"""What the workflow of a job is called."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member of a guild; in direct messages (None) everybody is alone."""

    guild_id: int | None
    user_id: int

    @staticmethod
    def of(interaction: discord.Interaction[Darkroom]) -> Viewer:
        """Whoever did this, where he did it."""
        return Viewer(interaction.guild_id, interaction.user.id)

    def owns(self, job: Job) -> bool:
        """Whether he ordered it, here."""
        return job.user_id == self.user_id and job.guild_id == self.guild_id

    def sees(self, job: Job) -> bool:
        """Whether it belongs to this place at all."""
        return job.guild_id == self.guild_id and (self.guild_id is not None or job.user_id == self.user_id)

    def reads(self, job: Job) -> bool:
        """Whether he may read what was ordered."""
        return self.sees(job) and (not is_private(job) or job.user_id == self.user_id)


def is_private(job: Job) -> bool:
    """Whether only its owner may know what it is: he wants it so, or a rule has it wait for the moderators."""
    return job.private or job.hidden


def state_of(job: Job) -> str:
    """A job's state in one or two words: what a server has not begun yet is not running."""
    return "up next" if job.is_ready else str(job.state)


def link_to(job: Job) -> str | None:
    """The address of the message that carries a job."""
    if job.message_id is None:
        return None
    return f"https://discord.com/channels/{job.guild_id or '@me'}/{job.channel_id}/{job.message_id}"


def title_of(bot: Darkroom, job: Job) -> str:
    """What the job's workflow is called, also where its pack is gone. Not escaped."""
    return bot.library.title_of(job.workflow)
