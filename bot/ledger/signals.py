"""Wake-ups within one process: there is work; this job is to be cancelled. Hints only: the ledger decides."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator


class Signals:
    """Rung by whoever changed the ledger, heard by workers."""

    def __init__(self) -> None:
        self._work = asyncio.Event()
        self._cancels: dict[str, asyncio.Event] = {}

    def ring(self) -> None:
        """Say that a job is waiting or a slot may be free."""
        # A fresh event for the next wait: everybody who waits on this one wakes exactly once.
        self._work.set()
        self._work = asyncio.Event()

    def bell(self) -> asyncio.Event:
        """The event that the next `ring` sets. Take it before looking into the ledger, wait on it after."""
        return self._work

    def cancel(self, job_id: str) -> None:
        """Tell the worker of this job, if it is here, to cancel it."""
        if event := self._cancels.get(job_id):
            event.set()

    @contextlib.contextmanager
    def cancellation(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when somebody cancels this job."""
        event = self._cancels[job_id] = asyncio.Event()
        try:
            yield event
        finally:
            del self._cancels[job_id]
