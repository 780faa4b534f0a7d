"""What workers ask the ledger for: the next job for a server, and later changes of that claim."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Final

from sqlalchemy import bindparam, exists, select, tuple_
from sqlalchemy.engine import Connection

from bot.ledger.candidates import Candidate, Claimant, Recall
from bot.ledger.database.dialects import notify, now
from bot.ledger.database.rows import job_update
from bot.ledger.database.schema import JOBS, RUNNING
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.database.transactions import Database, Work
from bot.ledger.jobs import Job
from bot.ledger.prompts.own_prompts import own_prompts
from bot.ledger.queue import costs, leases, scheduling, waking
from bot.ledger.queue.costs import reservation_of
from bot.ledger.queue.positions import PLACE, READY, WAITING
from bot.ledger.queue.scheduling import CANDIDATE, IDLE, Claimed, before, choose
from bot.ledger.queue.waking import Sleepy
from bot.ledger.servers.servers import ANSWERING, forget_servers, renew_servers
from bot.ledger.shares.turns import ends
from bot.ledger.signals import RECALL, WORK, Signals
from bot.ledger.spending.budget import Left, OverBudget, what_is_left

_NOTHING_SECONDS: Final = 0.5
"""How long an empty queue is believed to stay empty, because the bells may miss changes."""

_WITH_FOREIGN: Final = select(SERVERS.c.url).where(ANSWERING, SERVERS.c.foreign_prompts > 0)
_COULD_MAKE_WAY: Final = READY & JOBS.c.server.not_in(_WITH_FOREIGN)
"""What is given back by a server with prompts of others loses its place before them, and nothing could take it."""
_READY_HERE: Final = select(JOBS.c.share, *PLACE).where(_COULD_MAKE_WAY, JOBS.c.worker == bindparam("worker"))
_ALL_READY: Final = select(JOBS.c.server, *CANDIDATE).where(_COULD_MAKE_WAY)
_BEFORE: Final = exists().where(
    WAITING,
    JOBS.c.share == bindparam("of_share"),
    tuple_(*PLACE) < tuple_(bindparam("at_lane"), bindparam("at_tag"), bindparam("at_number")),
)
_AT_WORK: Final = select(JOBS.c.share).where(RUNNING)
_OF_NEW_SHARE: Final = exists().where(WAITING, JOBS.c.share.not_in(_AT_WORK))
"""Whether a job waits whose guild has none on any server."""


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
        self._orderly_at: tuple[int, int] | None = None
        self._orderly_until = 0.0

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

    def found_in_order(self, moment: tuple[int, int]) -> None:
        """At that moment no waiting job was earlier than one that is ready on a server of this process."""
        self._orderly_at = moment
        self._orderly_until = asyncio.get_running_loop().time() + _NOTHING_SECONDS

    def is_known_in_order(self) -> bool:
        """Whether that is still true."""
        return self.moment() == self._orderly_at and asyncio.get_running_loop().time() < self._orderly_until


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

    async def claim_for(self, claimant: Claimant) -> Job | Recall | OverBudget | None:
        """The next job for this server within the claim's reach, or the job to ask back from another server, or why
        there is no money for it.
        """
        async with self._claim_gate.lock:
            moment = self._claim_gate.moment()
            # A server that was over the budget wants to know whether it still is.
            if claimant.purse.lacked is None and self._claim_gate.is_known_empty():
                return None
            claimed = await self._database.transaction(
                lambda connection: scheduling.claim(connection, claimant), undo=_unclaiming
            )
            if claimed.nothing:
                self._claim_gate.found_nothing(moment)
        if claimed.passed:
            self.signals.ring()
        return claimed.found

    async def makes_way(self, claimant: Claimant, job: Job) -> bool:
        """Whether the job that is ready on this server has to make way for a waiting one with an earlier place.

        Otherwise somebody who comes in between would wait for two jobs of a flood instead of one.
        """
        async with self._claim_gate.lock:
            moment = self._claim_gate.moment()
            if self._claim_gate.is_known_in_order():
                return False
            if not await self._database.transaction(partial(_any_makes_way, worker=self.worker)):
                self._claim_gate.found_in_order(moment)
                return False
            return await self._database.transaction(partial(_makes_way, claimant=claimant, job_id=job.id))

    async def renew(self) -> dict[str, tuple[int, bool]]:
        """Renew this worker's leases. Returns its jobs: id -> (epoch, whether somebody asked to cancel it)."""

        def write(connection: Connection) -> dict[str, tuple[int, bool]]:
            renew_servers(connection, self.worker, self.lease_seconds)
            return leases.renew(connection, self.worker, self.lease_seconds)

        return await self._database.transaction(write)

    async def recover(self, server_urls: Collection[str]) -> int:
        """Release all running jobs when the only process starts, for the workers of their servers.

        A job of a server that is no longer in the settings may go to any server. Returns how many were running.
        """

        def write(connection: Connection) -> int:
            forget_servers(connection, None)
            return leases.take_over(connection, server_urls)

        return await self._database.transaction(write)

    async def begun(self, job: Job) -> None:
        """The server has begun a claimed job. Until then, another server may ask for it back."""
        statement = leases.guarded_update(job).where(JOBS.c.begun_at.is_(None)).values(begun_at=now(), foreign_ahead=0)
        await self._database.transaction(job_update(statement))

    async def waits_behind(self, job: Job, prompts: int) -> None:
        """So many prompts of others come before a claimed job on its server, which has not begun it."""
        statement = leases.guarded_update(job).where(JOBS.c.begun_at.is_(None)).values(foreign_ahead=prompts)
        await self._database.transaction(job_update(statement, WORK))
        self.signals.ring()

    async def own_prompts(self, prompt_ids: Collection[str]) -> frozenset[str]:
        """Those of a server's prompts that are jobs', also of jobs that are over, or that an earlier process sent."""
        return await self._database.transaction(lambda connection: own_prompts(connection, prompt_ids))

    async def stopped(self, job: Job) -> None:
        """A claimed job's prompt is about to be stopped for somebody else. Its next run needs another prompt_id."""
        statement = leases.guarded_update(job).values(stops=job.stops + 1)
        await self._database.transaction(job_update(statement))

    async def is_wanted(self, claimant: Claimant, sleeper: Sleepy) -> bool:
        """Whether to use this server, whose machine may be asleep, for a job that waits. See `waking`."""
        async with self._claim_gate.lock:
            return await self._database.transaction(lambda connection: waking.is_wanted(connection, claimant, sleeper))

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


def _any_makes_way(connection: Connection, worker: str) -> bool:
    """Whether any job that is ready on one of a worker's servers may have to make way."""
    last: dict[int, tuple[int, float, int]] = {}
    for share, *place in connection.execute(_READY_HERE, {"worker": worker}):
        last[share] = max(last.get(share, tuple(place)), tuple(place))
    if not last:
        return False
    waiting, at_work = ends(connection), {*connection.scalars(_AT_WORK)}
    if waiting - at_work or (len(waiting) > 1 and connection.scalar(select(_OF_NEW_SHARE))):
        return True
    names = ("at_lane", "at_tag", "at_number")
    asked = ({"of_share": share, **dict(zip(names, place, strict=True))} for share, place in last.items())
    return any(connection.scalar(select(_BEFORE), one) for one in asked)


def _makes_way(connection: Connection, claimant: Claimant, job_id: str) -> bool:
    """Whether the job that is ready on the claimant's server has to make way. It has not if servers that are idle, or
    whose own ready jobs are later, can run all waiting jobs that come before it.

    This is the order in which the next claim chooses, so that what has made way is not taken again at once.
    """
    ready = {server: Candidate(*row) for server, *row in connection.execute(_ALL_READY)}
    own = ready.pop(claimant.server, None)
    if own is None or own.id != job_id:
        return False
    later = [server for server, other in ready.items() if other.share == own.share and other.place > own.place]
    takers = [*connection.scalars(IDLE, {"here": claimant.server}), *later]
    # What the ready job has reserved is not counted as free: if the money does not pay for both, it stays.
    limit = claimant.purse.limit
    left = Left() if limit is None else what_is_left(connection, limit)
    chosen = choose(before(connection, claimant, left, own, len(takers) + 1), takers, claimant)
    if chosen is None:
        return False
    price = reservation_of(connection, claimant.purse.price, claimant.server, chosen)
    return left.pays(price.cost, measured=price.measured)
