"""Wake-ups: there is work; this job is to be cancelled; the workflows or the servers have changed.

Hints only: the ledger decides. Within a process they ring at once; on PostgreSQL `listening` brings them from the
others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Final

WORK: Final = "work"
WORKFLOWS: Final = "workflows"
SERVERS: Final = "servers"
CANCEL: Final = "cancel"
RECALL: Final = "recall"
RULES: Final = "rules"


class Signals:
    """Rung by whoever changed the ledger, heard by workers and gateways."""

    def __init__(self) -> None:
        self.rung = 0
        """How often anything was rung: whoever sees it unchanged has missed nothing."""
        self._bells: dict[str, asyncio.Event] = {}
        self._cancels: dict[str, asyncio.Event] = {}
        self._recalls: dict[str, asyncio.Event] = {}
        self.rules_changed: Callable[[int], None] = lambda _guild_id: None
        """Called with the guild whose rules somebody has changed."""

    def ring(self, topic: str = WORK) -> None:
        """Say that something of this kind has changed."""
        self.rung += 1
        # A fresh event for the next wait: everybody who waits on this one wakes exactly once.
        if bell := self._bells.pop(topic, None):
            bell.set()

    def bell(self, topic: str = WORK) -> asyncio.Event:
        """The event that the next `ring` sets. Take it before looking into the ledger, wait on it after."""
        return self._bells.setdefault(topic, asyncio.Event())

    def cancel(self, job_id: str) -> None:
        """Tell the worker of this job, if it is here, to cancel it."""
        if event := self._cancels.get(job_id):
            event.set()

    def hear(self, news: str) -> None:
        """Take in what another process said: a topic; `cancel:` or `recall:` and a job's id; `rules:` and a guild's."""
        topic, _, which = news.partition(":")
        if topic == CANCEL:
            self.cancel(which)
            self.ring(WORK)
        elif topic == RECALL:
            if event := self._recalls.get(which):
                event.set()
        elif topic == RULES and which.isdecimal():
            self.rules_changed(int(which))
        else:
            self.ring(topic)

    def cancellation(self, job_id: str) -> contextlib.AbstractContextManager[asyncio.Event]:
        """An event that is set when somebody cancels this job."""
        return _heard(self._cancels, job_id)

    def recall(self, job_id: str) -> contextlib.AbstractContextManager[asyncio.Event]:
        """An event that is set when an idle server asks for this job."""
        return _heard(self._recalls, job_id)


@contextlib.contextmanager
def _heard(events: dict[str, asyncio.Event], job_id: str) -> Iterator[asyncio.Event]:
    event = events[job_id] = asyncio.Event()
    try:
        yield event
    finally:
        # A later claim of the same job may listen already.
        if events.get(job_id) is event:
            del events[job_id]
