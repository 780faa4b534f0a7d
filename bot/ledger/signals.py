"""Wake-ups: new work, a job to cancel, changed workflows or servers, entries in the moderators' log.

They are only hints; the ledger decides. Within a process they arrive at once. On PostgreSQL, `listener` brings those of
other processes.
"""

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
LOG: Final = "log"


class Signals:
    """Rung by code that changes the ledger, awaited by workers and gateways."""

    def __init__(self) -> None:
        self.rung = 0
        """How often any bell rang. While this is unchanged, nothing was missed."""
        self._bells: dict[str, asyncio.Event] = {}
        self._cancels: dict[str, asyncio.Event] = {}
        self._recalls: dict[str, asyncio.Event] = {}
        self.rules_changed: Callable[[int], None] = lambda _guild_id: None
        """Called with the id of a guild whose rules have changed."""

    def ring(self, topic: str = WORK) -> None:
        """Announce a change of this topic."""
        self.rung += 1
        # The next wait gets a fresh event, so that everybody who waits on this one wakes exactly once.
        if bell := self._bells.pop(topic, None):
            bell.set()

    def bell(self, topic: str = WORK) -> asyncio.Event:
        """The event that the next `ring` sets. Take it before reading the ledger, and wait on it afterwards."""
        return self._bells.setdefault(topic, asyncio.Event())

    def cancel(self, job_id: str) -> None:
        """Tell the worker of this job to cancel it, if that worker is in this process."""
        if event := self._cancels.get(job_id):
            event.set()

    def hear(self, news: str) -> None:
        """Handle a notification: a topic, `cancel:` or `recall:` with a job's id, or `rules:` with a guild's id."""
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
        # A later claim of the same job may have its own event here by now.
        if events.get(job_id) is event:
            del events[job_id]
