"""A moderator who acts in a server, and the outcome of an act."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.ledger import Act, Entry, Job, Ledger
from bot.messages import plain_line, shown_prompt, words_of
from bot.moderation.log import Worded
from bot.translation import _, ended, language_called, speaking
from bot.workflows import Library

T = TypeVar("T")

_TITLE_SHOWN = 60
"""Characters."""


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who acts, in which guild, and what they need for it."""

    ledger: Ledger
    library: Library
    guild_id: int
    user_id: int

    async def entry(self, act: Act, *, user_id: int | None = None, detail: str | Worded | None = None) -> Entry:
        """What the moderators' log says about an act of this moderator. The ledger writes it together with the change,
        so that neither is ever without the other. `detail` is somebody's words or the bot's own.
        """
        said = detail if isinstance(detail, str) else "" if detail is None else await self._worded(detail)
        return Entry(self.guild_id, act, self.user_id, user_id, detail=said)

    def about(self, act: Act, detail: str | None = None) -> Callable[[Job], Entry]:
        """The same about a job, once it is known which one that is. `detail` is somebody's words."""
        return lambda job: Entry(self.guild_id, act, self.user_id, job.user_id, job.id, detail or "")

    async def in_guilds_language(self, entry: Callable[[T], Entry]) -> Callable[[T], Entry]:
        """The entry about a result, with what the bot itself says in the guild's language: the moderator who acts may
        read another one.
        """
        language = language_called(await self.ledger.rules.language(self.guild_id))

        def worded(result: T) -> Entry:
            with speaking(language):
                return entry(result)

        return worded

    async def _worded(self, detail: Worded) -> str:
        with speaking(language_called(await self.ledger.rules.language(self.guild_id))):
            return detail()


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


def shown_words(job: Job, title: str) -> str:
    """A job's prompt or title, escaped for a message."""
    return shown_prompt(plain_words(job, title), _TITLE_SHOWN)


def plain_words(job: Job, title: str) -> str:
    """A job's prompt or title for a choice or a select, where Markdown does nothing."""
    return _("a private request") if job.private else plain_line(words_of(job, title))


def because(sentence: str, reason: str | None) -> str:
    """A sentence with its end: the reason that a moderator gave, if any."""
    return ended(sentence, shown_prompt(reason, 200) if reason else None)
