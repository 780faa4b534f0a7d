"""The hold that a process has on the jobs it runs: renewed in time, given up the moment it is lost.

A worker that was stopped for a while, or cut off from the database, may wake up to find its job with somebody else.
Until it knows, it writes nothing anywhere: not to the ledger, whose epochs refuse it, and not to Discord.
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
"""Of a lease: two may fail before it runs out."""


@dataclass(slots=True)
class Lease:
    """One job's, from its claim until its work here ends. `lost` is set when somebody else has the job."""

    job: Job
    claimed_at: float
    leases: Leases
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def valid(self) -> bool:
        """Whether the job is this process's and nobody else's."""
        return not (self.over or self.lost.is_set()) and self.leases.valid()

    async def confirmed(self) -> None:
        """Return once the lease is valid. Where the job is lost that is never: its work is about to be stopped."""
        while not self.valid():
            await self.leases.renewed()


class Leases:
    """All leases of this process; where nobody else can be at work they never run out."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: dict[str, Lease] = {}
        self._valid_until = -math.inf if ledger.shared else math.inf
        self._renewed = asyncio.Event()
        self._clock = asyncio.get_running_loop().time

    @contextlib.contextmanager
    def holding(self, job: Job) -> Iterator[Lease]:
        """The lease that came with a claim, for as long as its job is worked on."""
        lease = self._held[job.id] = Lease(job, self._clock(), self)
        try:
            yield lease
        finally:
            lease.over = True
            if self._held.get(job.id) is lease:
                del self._held[job.id]

    def valid(self) -> bool:
        """Whether nobody else can have taken anything over yet."""
        return self._clock() < self._valid_until

    async def confirmed(self) -> None:
        """Return once the leases are valid: what is claimed before that may be lost before it is begun."""
        while not self.valid():
            await self.renewed()

    async def renewed(self) -> None:
        """Return after the next renewal."""
        await self._renewed.wait()

    async def run(self) -> None:
        """Renew for ever, where others could take over."""
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
                self._tell(mine, lost)
                # A fresh event for the next wait, as with bells.
                self._renewed.set()
                self._renewed = asyncio.Event()
            # It rings when cancellations may have been missed.
            await first_set(bell, seconds=asked_at + seconds / _RENEWALS - self._clock())

    async def _lost(self, mine: dict[str, tuple[int, bool]], asked_at: float) -> list[Lease]:
        """The leases of jobs that somebody else has claimed since."""
        held = [lease for lease in self._held.values() if lease.claimed_at < asked_at]
        missing = [lease for lease in held if mine.get(lease.job.id, (None, False))[0] != lease.job.epoch]
        # One whose end has just been written down is nobody's any more, and was not lost.
        known = {lease.job.id: await self._ledger.job(lease.job.id) for lease in missing}
        return [lease for lease in missing if (job := known[lease.job.id]) is None or job.epoch != lease.job.epoch]

    def _tell(self, mine: dict[str, tuple[int, bool]], lost: list[Lease]) -> None:
        for lease in lost:
            log.warning("job %s: another process has taken it over", lease.job.id)
            lease.lost.set()
        for job_id, (_, cancelled) in mine.items():
            if cancelled:
                # Whoever cancelled has said so; this is for what was not heard.
                self._ledger.signals.cancel(job_id)
