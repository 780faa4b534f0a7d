"""A process's leases on the jobs it runs: renewed in time, given up as soon as they are lost.

A worker that was suspended, or cut off from the database, may find that another worker has its job. Until it knows, it
writes nothing: neither to the ledger, which rejects old epochs, nor to Discord.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.concurrency import first_set
from bot.errors import LedgerAway
from bot.ledger import CANCEL, Job, Ledger

log = logging.getLogger(__name__)

_RENEWALS: Final = 3
"""Renewals per lease, so that two may fail before it expires."""


@dataclass(slots=True)
class Lease:
    """The lease on one job, from its claim until its work here ends. `lost` is set when somebody else has the job."""

    job: Job
    claimed_at: float
    leases: Leases
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def valid(self) -> bool:
        """Whether nobody else can have the job."""
        return not (self.over or self.lost.is_set()) and self.leases.valid()

    async def confirmed(self) -> None:
        """Return once the lease is valid. Never returns if the job is lost: its task is about to be cancelled."""
        while not self.valid():
            await self.leases.renewed()


class Leases:
    """All leases of this process. They never expire if no other process can use the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: dict[str, Lease] = {}
        self._valid_until = -math.inf if ledger.shared else math.inf
        self._renewed = asyncio.Event()
        self._clock = asyncio.get_running_loop().time

    @contextlib.contextmanager
    def holding(self, job: Job) -> Iterator[Lease]:
        """The lease that came with a claim, held while its job is worked on."""
        lease = self._held[job.id] = Lease(job, self._clock(), self)
        try:
            yield lease
        finally:
            lease.over = True
            if self._held.get(job.id) is lease:
                del self._held[job.id]

    def valid(self) -> bool:
        """Whether no other process can have taken a job over yet."""
        return self._clock() < self._valid_until

    async def confirmed(self) -> None:
        """Return once the leases are valid. A job claimed before that could be lost before it begins."""
        while not self.valid():
            await self.renewed()

    async def renewed(self) -> None:
        """Return after the next renewal."""
        await self._renewed.wait()

    async def run(self) -> None:
        """Renew until cancelled, if other processes could take over."""
        if not self._ledger.shared:
            return
        seconds = self._ledger.lease_seconds
        while True:
            bell, asked_at = self._ledger.signals.bell(CANCEL), self._clock()
            try:
                async with asyncio.timeout(seconds / _RENEWALS):
                    mine = await self._ledger.renew()
                    lost = await self._lost(mine, asked_at)
            except (LedgerAway, TimeoutError) as fault:
                log.warning("could not renew the leases: %s", str(fault) or "no answer")
            else:
                self._valid_until = asked_at + seconds
                self._announce(mine, lost)
                # A fresh event for the next wait, as in `Signals.ring`.
                self._renewed.set()
                self._renewed = asyncio.Event()
            # The bell rings when cancellations may have been missed.
            await first_set(bell, seconds=asked_at + seconds / _RENEWALS - self._clock())

    async def _lost(self, mine: dict[str, tuple[int, bool]], asked_at: float) -> list[Lease]:
        """The leases of jobs that another process has claimed since."""
        held = [lease for lease in self._held.values() if lease.claimed_at < asked_at]
        missing = [lease for lease in held if mine.get(lease.job.id, (None, False))[0] != lease.job.epoch]
        # A job that has ended meanwhile is missing as well, but it was not lost.
        known = {lease.job.id: await self._ledger.job(lease.job.id) for lease in missing}
        return [lease for lease in missing if (job := known[lease.job.id]) is None or job.epoch != lease.job.epoch]

    def _announce(self, mine: dict[str, tuple[int, bool]], lost: list[Lease]) -> None:
        for lease in lost:
            log.warning("job %s: another process has taken it over", lease.job.id)
            lease.lost.set()
        for job_id, (_, cancelled) in mine.items():
            if cancelled:
                # The signal of this cancellation may have been missed.
                self._ledger.signals.cancel(job_id)
