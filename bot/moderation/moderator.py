"""A moderator in their server, and what came of an act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.ledger import Act, Entry, Job, Ledger
from bot.messages import shown_prompt, words_of
from bot.moderation.log import ModeratorsLog
from bot.workflows import Library

_TITLE_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who acts, in which guild, and what they act on."""

    ledger: Ledger
    library: Library
    log: ModeratorsLog
    guild_id: int
    user_id: int

    def note(self, act: Act, *, user_id: int | None = None, job: Job | None = None, detail: str | None = None) -> None:
        """Have the moderators' log say that they have done this."""
        whom, job_id = (user_id, None) if job is None else (job.user_id, job.id)
        self.log.note(Entry(self.guild_id, act, self.user_id, whom, job_id, detail or ""))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act: what its moderator is told, and the jobs whose messages have to show that they are over."""

    said: str
    cancelled: tuple[Job, ...] = ()


Carry = Callable[[Moderator], Awaitable[Outcome]]
"""An act, ready to be carried out by a moderator."""


def called(moderator: Moderator, job: Job) -> str:
    """A job in a sentence: its words, and whose it is."""
    return f"“{shown_words(job, moderator.library.title_of(job.workflow))}” of <@{job.user_id}>"


def shown_words(job: Job, title: str, limit: int = _TITLE_SHOWN) -> str:
    """What a member asked for, as it may stand in a message."""
    return shown_prompt(plain_words(job, title), limit)


def plain_words(job: Job, title: str) -> str:
    """The same where nothing is Markdown: in a choice, in an option."""
    return "something private" if job.private else " ".join(words_of(job, title).split())


def because(reason: str | None) -> str:
    """The end of a sentence: the reason, or a full stop."""
    return f": {shown_prompt(reason, 200)}" if reason else "."
