"""What workers ask the ledger for: the next job for a server, and later changes of that claim."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now
from bot.ledger.database.rows import job_update
from bot.ledger.database.schema import JOBS, RUNNING
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.database.transactions import Database, Work
from bot.ledger.jobs import Job
from bot.ledger.queue import costs, leases, scheduling
from bot.ledger.queue.positions import WAITING
from bot.ledger.queue.scheduling import Claimant, Claimed, Recall
from bot.ledger.queue.servers import WORKING
from bot.ledger.signals import RECALL, WORK, Signals

_NOTHING_SECONDS: Final = 0.5
"""How long an empty queue is believed to stay empty, because the bells may miss changes."""
_PATIENCE_SECONDS: Final = 10.0
"""Who has waited this long is worth waking a server for: an idle one takes a job that it can run in less time."""
_HERE: Final = JOBS.c.server == bindparam("here")
_IDLE: Final = select(func.count(SERVERS.c.url.distinct())).where(
    WORKING,
    SERVERS.c.url != bindparam("here"),
    SERVERS.c.url.not_in(select(JOBS.c.server).where(RUNNING, JOBS.c.server.is_not(None))),
)
_WAITING: Final = select(func.count(), func.min(JOBS.c.created_at), now()).where(
    WAITING,
    or_(JOBS.c.server.is_(None), _HERE, JOBS.c.bound_until < now()),
    JOBS.c.workflow.not_in(bindparam("beyond", expanding=True)),
)


class ClaimGate:
    """Makes one process's claims run one after the other. If one finds nothing, the others skip their look. Without
    this, fifty idle servers would make fifty claims for every new job.
    """

    def __init__(self, signals: Signals) -> None:
        self.lock = asyncio.Lock()
        self._signals = signals
        self._accepted = 0
        self._empty_at: tuple[int, int] | None = None
        self._believed_until = 0.0

    def moment(self) -> tuple[int, int]:
        """A value that changes with everything that may bring work."""
        return self._signals.rung, self._accepted

    def job_accepted(self) -> None:
        """A job was accepted, but no bell has rung for it yet."""
        self._accepted += 1

    def found_nothing(self, moment: tuple[int, int]) -> None:
        """At that moment there was no job for any server."""
        self._empty_at = moment
        self._believed_until = asyncio.get_running_loop().time() + _NOTHING_SECONDS

    def is_known_empty(self) -> bool:
        """Whether that is still true."""
        return self.moment() == self._empty_at and asyncio.get_running_loop().time() < self._believed_until


class Claims:
    """Claims by workers. Each method raises `LedgerAway` if the database is unusable."""

    _database: Database
    _claim_gate: ClaimGate
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
        """Claim the next job for this server: not tied to another server, its workflow not in `beyond`, and what it
        `needs` among what the server `offers`. `loaded` names the models that the server has in memory.
        """
        found = await self.claim_for(Claimant(self.worker, server, self.lease_seconds, beyond, loaded, offers))
        return found if isinstance(found, Job) else None

    async def claim_for(self, claimant: Claimant) -> Job | Recall | None:
        """The next job for this server within the claim's reach, or the job to ask back from another server."""
        async with self._claim_gate.lock:
            moment = self._claim_gate.moment()
            if self._claim_gate.is_known_empty():
                return None
            claimed = await self._database.transaction(
                lambda connection: scheduling.claim(connection, claimant), undo=_unclaiming
            )
            if claimed.nothing:
                self._claim_gate.found_nothing(moment)
        if claimed.passed:
            self.signals.ring()
        return claimed.found

    async def begun(self, job: Job) -> None:
        """The server has begun a claimed job. Until then, another server may ask for it back."""
        statement = leases.guarded_update(job).where(JOBS.c.begun_at.is_(None)).values(begun_at=now())
        await self._database.transaction(job_update(statement))

    async def stopped(self, job: Job) -> None:
        """A claimed job's prompt is about to be stopped for somebody else. Its next run needs another prompt_id."""
        statement = leases.guarded_update(job).values(stops=job.stops + 1)
        await self._database.transaction(job_update(statement))

    async def is_wanted(self, server: str, beyond: Collection[str]) -> bool:
        """Whether somebody waits for this server, which cannot run the workflows in `beyond`."""
        return await self._database.transaction(lambda connection: _is_wanted(connection, server, beyond))

    async def usual_seconds(self, job: Job) -> float | None:
        """How many seconds jobs like a claimed one take on its server; None if it has finished none yet."""
        return await self._database.transaction(
            lambda connection: costs.usual(connection, job.workflow, job.size_class, job.server or "")
        )

    async def ask_back(self, job_id: str) -> None:
        """Ask the worker of a job that has not begun to give it back, for a server that is idle."""
        news = f"{RECALL}:{job_id}"
        if self.shared:
            await self._database.transaction(lambda connection: notify(connection, news))
        self.signals.hear(news)


def _unclaiming(claimed: Claimed) -> Work[object]:
    job = claimed.found
    return job_update(leases.give_back(job, lost=False), WORK) if isinstance(job, Job) else lambda _: None


def _is_wanted(connection: Connection, server: str, beyond: Collection[str]) -> bool:
    """Whether jobs wait for this server, which cannot run the workflows in `beyond`."""
    waiting, oldest, clock = connection.execute(_WAITING, {"here": server, "beyond": list(beyond)}).one()
    if not waiting:
        return False
    idle: int = connection.scalar(_IDLE, {"here": server}) or 0
    return bool(waiting > idle or clock > oldest + _PATIENCE_SECONDS)
