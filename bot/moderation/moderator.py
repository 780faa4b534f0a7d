"""A moderator who acts in a server, and the outcome of an act."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.ledger import Act, Entry, Job, Ledger
from bot.messages import shown_prompt, words_of
from bot.moderation.log import ModeratorsLog
from bot.translation import _
from bot.workflows import Library

_TITLE_SHOWN = 60
"""Characters."""


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who acts, in which guild, and what they need for it."""

    ledger: Ledger
    library: Library
    log: ModeratorsLog
    guild_id: int
    user_id: int

    def note(self, act: Act, *, user_id: int | None = None, job: Job | None = None, detail: str | None = None) -> None:
        """Write an act of this moderator to the moderators' log."""
        whom, job_id = (user_id, None) if job is None else (job.user_id, job.id)
        self.log.note(Entry(self.guild_id, act, self.user_id, whom, job_id, detail or ""))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for the moderator, and the cancelled jobs whose messages still have to show it."""

    said: str
    cancelled: tuple[Job, ...] = ()


Carry = Callable[[Moderator], Awaitable[Outcome]]
"""An act that a moderator can carry out."""


def quoted(moderator: Moderator, job: Job) -> str:
    """A job as part of a sentence: its prompt or title, and who requested it."""
    words = shown_words(job, moderator.library.title_of(job.workflow))
    return _("“{words}” by {member}").format(words=words, member=f"<@{job.user_id}>")


def shown_words(job: Job, title: str, limit: int = _TITLE_SHOWN) -> str:
    """A job's prompt or title, escaped for a message."""
    return shown_prompt(plain_words(job, title), limit)


def plain_words(job: Job, title: str) -> str:
    """A job's prompt or title for a choice or a select, where Markdown does nothing."""
    return _("a private request") if job.private else " ".join(words_of(job, title).split())


def because(reason: str | None) -> str:
    """How a sentence ends: with a reason after a colon, or with a full stop."""
    return f": {shown_prompt(reason, 200)}" if reason else "."
