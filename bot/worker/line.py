"""Everybody's place in line, kept true in the queued messages."""

from __future__ import annotations

from functools import partial
from typing import Final

from bot.ledger import Job, Ledger
from bot.messages import JobMessages, explain_missing, render_queued
from bot.workflows import Library

_SHOWN: Final = 10
"""Only the front of the line is redrawn when it moves: Discord counts every edit."""

_LACKING: Final = "No picture server can make this just now: it {needs}. Your place is kept until one can."
_AWAY: Final = "The picture server is not answering. Your place is kept, and it starts as soon as the server is back."


class Line:
    """The line as all server loops of a process see it; `answering` holds the servers that are up."""

    def __init__(self, ledger: Ledger, messages: JobMessages, library: Library) -> None:
        self.answering: set[str] = set()
        self._library = library
        self._ledger = ledger
        self._messages = messages

    def answers(self, url: str) -> bool:
        """Whether this server answered when it was last asked for anything."""
        return url in self.answering

    async def show(self) -> None:
        """Have the messages at the front of the line redrawn where something changed."""
        for ahead, job in enumerate(await self._ledger.line(_SHOWN)):
            self._messages.of(job).show(partial(render_queued, job, ahead, self._note(job)))

    def _note(self, job: Job) -> str | None:
        """Why the job stands still, where that is not because of the others."""
        if not self.answering:
            return _AWAY
        if not self._library.available(job.workflow):
            lacking = min(self._library.lacking(job.workflow).values(), key=len)
            return _LACKING.format(needs=explain_missing(lacking))
        return None
