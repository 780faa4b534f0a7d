"""A farm in simulated time over the real claims: no server idles while somebody waits whom it could serve."""

import heapq
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bot.ledger import Claimant, Job, JobState, Ledger, Recall
from bot.worker.placement.placement import Placement
from bot.worker.placement.slot import Slot
from tests.ledger.orders import look, order, url_of
from tests.ledgers import lay_ledger, open_patiently

LENGTHS = (0.3, 0.3, 2.0, 8.0, 40.0, 600.0)
LOOK_SECONDS = 15.0


@dataclass
class Server:
    name: str
    placement: Placement = field(default_factory=lambda: Placement(LOOK_SECONDS))
    running: Job | None = None
    ready: Job | None = None
    looks_at: float = 0.0


class Farm:
    """Servers that take as long as each job's prompt says, and what happened on them; times in seconds of its own."""

    def __init__(self, ledger: Ledger, servers: int, seed: int) -> None:
        self.ledger = ledger
        self.now = 0.0
        self.begun: list[tuple[float, Job]] = []
        self.ordered: dict[str, float] = {}
        self.claimed: dict[str, float] = {}
        self.idled = 0.0
        """Seconds during which a server was idle while somebody waited."""
        self.ended_at = 0.0
        self._servers = [Server(f"server {number}") for number in range(servers)]
        self._random = random.Random(seed)
        self._events: list[tuple[float, int, Callable[[], Awaitable[None]]]] = []
        self._count = itertools.count()
        self._waiting: set[str] = set()

    def at(self, when: float, what: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._events, (when, next(self._count), what))

    async def submit(self, user: int, seconds: float) -> None:
        """Some workflows always take as long, of others nobody knows."""
        workflow = f"{seconds:.1f}" if self._random.random() < 0.8 else "anything"
        values: dict[str, object] = {"prompt": str(seconds)}
        job, _ = await self.ledger.submit(order(user, values, workflow=workflow, guess=seconds))
        await self.ledger.acknowledged(job.id, job.number)
        self.ordered[job.id] = self.now
        self._waiting.add(job.id)

    async def run(self) -> None:
        for server in self._servers:
            await self.ledger.servers.say(server.name, answering=True)
        while self._events:
            when, _, what = heapq.heappop(self._events)
            if self._waiting and any(server.running is None for server in self._servers):
                self.idled += when - self.now
            self.now = when
            await what()
            await self._settle()

    async def _end(self, server: Server) -> None:
        job = server.running
        server.running = None
        assert job is not None
        server.placement.leave(job.id)
        await self.ledger.finish(job, JobState.DONE, seconds=length(job))
        self.ended_at = self.now
        if server.ready is not None:
            following = server.ready
            server.ready = None
            await self._begin(server, following)

    async def _begin(self, server: Server, job: Job) -> None:
        server.running = job
        slot = server.placement.slots[job.id]
        slot.begin(self.now)
        await self.ledger.begun(job)
        self.begun.append((self.now, job))
        self._waiting.remove(job.id)
        self.at(self.now + length(job), partial(self._end, server))
        # Some tell how far they are, some do not.
        ends_at, tells = self.now + length(job), self._random.random() < 0.5
        slot.estimate = lambda: (
            max(0.0, ends_at - self.now) if tells and self.now > ends_at - 0.9 * length(job) else None
        )

    async def _settle(self) -> None:
        """Every server claims until none gets anything more."""
        again = True
        while again:
            again = False
            for server in self._random.sample(self._servers, len(self._servers)):
                again |= await self._claim(server)
        for server in self._servers:
            if len(server.placement.slots) == 1 and self._waiting and server.looks_at <= self.now:
                server.looks_at = self.now + server.placement.seconds_to_look(self.now)
                self.at(server.looks_at, self._settle)

    async def _claim(self, server: Server) -> bool:
        reach = server.placement.reach(self.now, only=len(self._servers) == 1)
        if reach is None:
            return False
        found = await self.ledger.claim_for(
            Claimant(
                self.ledger.worker,
                server.name,
                self.ledger.lease_seconds,
                reach=reach,
                elsewhere=lambda *_: True,
                asked_back=server.placement.asked_back(self.now),
            )
        )
        server.placement.looked(self.now)
        if isinstance(found, Recall):
            server.placement.ask_back(found.job_id, self.now)
            return await self._give_back(found.job_id)
        if not isinstance(found, Job):
            return False
        slot = Slot(found, lambda: False, lambda: None)
        slot.usual = await self.ledger.usual_seconds(found)
        server.placement.put(slot)
        self.claimed[found.id] = self.now
        if server.running is None:
            await self._begin(server, found)
        else:
            assert server.ready is None
            server.ready = found
        return True

    async def _give_back(self, job_id: str) -> bool:
        holder = next((one for one in self._servers if one.ready is not None and one.ready.id == job_id), None)
        if holder is None or holder.ready is None:
            return False
        job = holder.ready
        holder.ready = None
        holder.placement.slots[job_id].given_back = True
        holder.placement.leave(job_id)
        assert await self.ledger.give_back(job, lost=False, unsent=True) is not None
        return True


def length(job: Job) -> float:
    return float(str(job.values["prompt"]))


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    lay_ledger(tmp_path / "ledger.db")
    ledger = await open_patiently(url_of(tmp_path))
    yield ledger
    await ledger.close()


def list_scheduling(servers: int, ordered: dict[str, float], jobs: dict[str, Job], places: dict[str, float]) -> float:
    """When the last job ends where each server, as soon as it is free, begins the first of those that wait."""
    free, waiting = [0.0] * servers, set(jobs)
    while waiting:
        now = heapq.heappop(free)
        there = [job_id for job_id in waiting if ordered[job_id] <= now]
        if not there:
            heapq.heappush(free, min(ordered[job_id] for job_id in waiting))
            continue
        first = min(there, key=lambda job_id: (places[job_id], jobs[job_id].number))
        waiting.remove(first)
        heapq.heappush(free, now + length(jobs[first]))
    return max(free)


@pytest.mark.parametrize(("servers", "seed"), [(1, 1), (2, 2), (2, 3), (3, 4), (5, 5), (8, 6)])
async def test_no_server_idles_while_somebody_waits(ledger: Ledger, tmp_path: Path, servers: int, seed: int) -> None:
    farm, rng = Farm(ledger, servers, seed), random.Random(seed)
    for number in range(60):
        farm.at(rng.uniform(0, 300.0), partial(farm.submit, number % 7, rng.choice(LENGTHS)))
    await farm.run()
    jobs = {job.id: job for _, job in farm.begun}
    places = dict(await look(url_of(tmp_path), "SELECT id, start_tag FROM jobs"))
    assert len(jobs) == 60
    assert farm.idled == 0.0
    assert farm.ended_at <= 1.05 * list_scheduling(servers, farm.ordered, jobs, places)
    for number, (begun_at, job) in enumerate(farm.begun):
        for earlier_at, other in farm.begun[:number]:
            passed = (places[other.id], other.number) > (places[job.id], job.number)
            # A job that came after the other was taken cannot go before it.
            assert not (passed and farm.ordered[job.id] <= farm.claimed[other.id] and earlier_at < begun_at)
