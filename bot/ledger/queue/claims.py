"""What workers ask the ledger for: the next job for a server, and what becomes of it there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from bot.ledger.database.dialects import notify, now
from bot.ledger.database.rows import changing
from bot.ledger.database.schema import JOBS
from bot.ledger.database.transactions import Database, Work
from bot.ledger.jobs import Job
from bot.ledger.queue import costs, leases, scheduling
from bot.ledger.queue.scheduling import Claimant, Claimed, Recall
from bot.ledger.signals import RECALL, WORK, Signals

_NOTHING_SECONDS: Final = 0.5
"""So long it is believed that nothing waits: the bells may not ring for everything."""


class Turn:
    """Claims of one process come one after the other; where nothing waits the first that looks spares all others the
    look. With fifty idle servers every order would be fifty claims otherwise.
    """

    def __init__(self, signals: Signals) -> None:
        self.lock = asyncio.Lock()
        self._signals = signals
        self._came = 0
        self._nothing_at: tuple[int, int] | None = None
        self._believed_until = 0.0

    def moment(self) -> tuple[int, int]:
        """Changes with everything that may bring work."""
        return self._signals.rung, self._came

    def something(self) -> None:
        """A job has come, for which no bell has rung yet."""
        self._came += 1

    def nothing(self, moment: tuple[int, int]) -> None:
        """No server would have got anything at that moment."""
        self._nothing_at = moment
        self._believed_until = asyncio.get_running_loop().time() + _NOTHING_SECONDS

    def nothing_waits(self) -> bool:
        """Whether that is so still."""
        return self.moment() == self._nothing_at and asyncio.get_running_loop().time() < self._believed_until


class Claims:
    """Each method raises `LedgerAway` where the database cannot be used now."""

    _database: Database
    _turn: Turn
    signals: Signals
    worker: str
    shared: bool
    lease_seconds: float

    async def claim(
        self,
        server: str,
        beyond: Collection[str] = (),
        loaded: str | None = None,
        offers: Callable[[str], bool] = lambda _: True,
    ) -> Job | None:
        """Take the next job for this server: not bound to another one, its workflow not `beyond` this one, and what it
        `needs` among what the server `offers`. `loaded` are the models that it has in memory.
        """
        found = await self.claim_for(Claimant(self.worker, server, self.lease_seconds, beyond, loaded, offers))
        return found if isinstance(found, Job) else None

    async def claim_for(self, claimant: Claimant) -> Job | Recall | None:
        """The next job for this server, as far as the claim reaches; or which one it should ask another server for."""
        claimant = replace(claimant, acknowledged=self.shared)
        async with self._turn.lock:
            moment = self._turn.moment()
            if self._turn.nothing_waits():
                return None
            claimed = await self._database.transaction(
                lambda connection: scheduling.claim(connection, claimant), undo=_unclaiming
            )
            if claimed.nothing:
                self._turn.nothing(moment)
        if claimed.passed:
            self.signals.ring()
        return claimed.found

    async def begun(self, job: Job) -> None:
        """The server has begun a claimed job: until then it may be asked back."""
        statement = leases.still(job).where(JOBS.c.begun_at.is_(None)).values(begun_at=now())
        await self._database.transaction(changing(statement))

    async def usual_seconds(self, job: Job) -> float | None:
        """How long jobs like a claimed one take on its server; None where it has made none yet."""
        return await self._database.transaction(
            lambda connection: costs.usual(connection, job.workflow, job.size_class, job.server or "")
        )

    async def ask_back(self, job_id: str) -> None:
        """Ask the worker of a job that is ready, and has not begun, to give it back for a server that is idle."""
        news = f"{RECALL}:{job_id}"
        if self.shared:
            await self._database.transaction(lambda connection: notify(connection, news))
        self.signals.hear(news)


def _unclaiming(claimed: Claimed) -> Work[object]:
    job = claimed.found
    return changing(leases.give_back(job, lost=False), WORK) if isinstance(job, Job) else lambda _: None
