"""Who acts as a moderator, and how his act is answered: what happened first, then what it changes in messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot.discord_ui.permissions import moderated_guild
from bot.discord_ui.replies import tell
from bot.discord_ui.viewing import title_of
from bot.ledger import Entry, Job, JobState, Ledger
from bot.messages import shown_prompt, tell_cancelled, words_of

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

_TITLE_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Moderator:
    """A moderator in the guild where he acts."""

    bot: Darkroom
    guild_id: int
    user_id: int

    @property
    def ledger(self) -> Ledger:
        """Where it is written down."""
        return self.bot.ledger

    def note(self, act: str, *, user_id: int | None = None, job: Job | None = None, detail: str | None = None) -> None:
        """Have the moderators' log say that he has done this."""
        whom, job_id = (user_id, None) if job is None else (job.user_id, job.id)
        self.bot.moderators_log.note(Entry(self.guild_id, act, self.user_id, whom, job_id, detail or ""))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act: what its moderator is told, and the jobs whose messages have to show that they are over."""

    said: str
    cancelled: tuple[Job, ...] = ()


Act = Callable[[Moderator], Awaitable[Outcome]]


async def moderator_of(interaction: discord.Interaction[Darkroom]) -> Moderator | None:
    """The moderator who did this; None if he is none, and he has been told."""
    guild_id = await moderated_guild(interaction)
    return None if guild_id is None else Moderator(interaction.client, guild_id, interaction.user.id)


async def carry_out(interaction: discord.Interaction[Darkroom], act: Act) -> None:
    """Answer a command, or a form that stands for itself, with what comes of the act: privately."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    # A row may be locked for as long as Discord takes for an edit: longer than an answer may take.
    await interaction.response.defer(ephemeral=True, thinking=True)
    outcome = await act(moderator)
    await tell(interaction, outcome.said)
    await show_ends(moderator.bot, outcome)


async def show_ends(bot: Darkroom, outcome: Outcome) -> None:
    """Bring the messages of what was cancelled to their end."""
    for job in outcome.cancelled:
        if job.state is JobState.CANCELLED:
            await tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), job.cancelled_by or 0)


def called(moderator: Moderator, job: Job) -> str:
    """A job in a sentence: its words, and whose it is."""
    return f"“{shown_words(job, title_of(moderator.bot, job))}” of <@{job.user_id}>"


def shown_words(job: Job, title: str, limit: int = _TITLE_SHOWN) -> str:
    """What a member asked for, as it may stand in a message."""
    return shown_prompt(plain_words(job, title), limit)


def plain_words(job: Job, title: str) -> str:
    """The same where nothing is Markdown: in a choice, in an option."""
    return "something private" if job.private else " ".join(words_of(job, title).split())


def because(reason: str | None) -> str:
    """The end of a sentence: the reason, or a full stop."""
    return f": {shown_prompt(reason, 200)}" if reason else "."
