"""What is ready on a server makes way for another guild's turn, and what has made way is not taken again at once."""

import random

import pytest

from bot.ledger import Claimant, Job, JobState, Ledger, Reach
from tests.ledger.orders import GUILD, HERE, THERE, order, place

GALLERY = 101
FLOOD = 12
ROUNDS = 40


def claimant(ledger: Ledger, server: str, reach: Reach) -> Claimant:
    return Claimant(ledger.worker, server, ledger.lease_seconds, reach=reach, elsewhere=lambda *_: True)


class Servers:
    """Servers as their workers use them: one job runs, one is ready behind it, and that one may make way."""

    def __init__(self, ledger: Ledger, *urls: str) -> None:
        self.ledger = ledger
        self.jobs: dict[str, list[Job]] = {url: [] for url in urls}
        self.begun: list[Job] = []
        self.made_way = 0

    async def fill(self) -> None:
        for reach, url in [(reach, url) for reach in (Reach.IDLE, Reach.READY) for url in self.jobs]:
            jobs = self.jobs[url]
            if len(jobs) == (1 if reach is Reach.READY else 0):
                found = await self.ledger.claim_for(claimant(self.ledger, url, reach))
                if isinstance(found, Job):
                    jobs.append(found)
                    if len(jobs) == 1:
                        await self._begin(found)

    async def settle(self) -> None:
        """Until nothing makes way any more, as long as nothing else happens."""
        for _ in range(10):
            if not any([await self._makes_way(url) for url in self.jobs]):
                return
            await self.fill()
        pytest.fail("what made way was taken again at once")

    async def finish(self, url: str) -> None:
        """The server is done with what runs there, and begins what is ready."""
        done, *ready = self.jobs[url]
        await self.ledger.finish(done, JobState.DONE)
        self.jobs[url] = ready
        for job in ready:
            await self._begin(job)

    async def _begin(self, job: Job) -> None:
        await self.ledger.begun(job)
        self.begun.append(job)

    async def _makes_way(self, url: str) -> bool:
        jobs = self.jobs[url]
        if len(jobs) < 2 or not await self.ledger.makes_way(claimant(self.ledger, url, Reach.READY), jobs[1]):
            return False
        await self.ledger.give_back(jobs.pop(), lost=False, unsent=True, asked_back=True)
        self.made_way += 1
        return True


async def flood(ledger: Ledger, guild_id: int, jobs: int = FLOOD, cost: float = 10.0) -> None:
    for user_id in range(1000, 1000 + jobs):
        await place(ledger, order(user_id, guild_id=guild_id, guess=cost))


@pytest.mark.parametrize("urls", [(HERE,), (HERE, THERE)])
async def test_a_flood_delays_another_guilds_job_by_what_runs_and_no_more(ledger: Ledger, urls: tuple[str]) -> None:
    for url in urls:
        await ledger.servers.say(url, answering=True)
    servers = Servers(ledger, *urls)
    await flood(ledger, GUILD)
    await servers.fill()
    assert sum(map(len, servers.jobs.values())) == len(urls) + 1, "one job is ready"
    other = await place(ledger, order(1, guild_id=GALLERY, guess=10.0))
    await servers.settle()
    assert servers.made_way == 1, "one place is enough for one job"
    begun = len(servers.begun)
    for url in urls:
        await servers.finish(url)
    assert other.id in [job.id for job in servers.begun[begun:]], "each server had only its running job to end"


async def test_nothing_makes_way_for_a_guild_that_has_had_its_turn(ledger: Ledger) -> None:
    servers = Servers(ledger, HERE)
    await place(ledger, order(1, guild_id=GALLERY, guess=300.0))
    await servers.fill()
    await flood(ledger, GUILD, 2)
    await servers.finish(HERE)
    await servers.fill()
    await servers.fill()
    assert [job.guild_id for job in servers.jobs[HERE]] == [GUILD, GUILD]
    await place(ledger, order(1, guild_id=GALLERY, guess=300.0))
    await servers.settle()
    assert [job.guild_id for job in servers.jobs[HERE]] == [GUILD, GUILD]
    assert servers.made_way == 0


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_waits_nothing_is_given_back_for_ever(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    for url in (HERE, THERE):
        await ledger.servers.say(url, answering=True)
    servers = Servers(ledger, HERE, THERE)
    asked = 0
    for _ in range(ROUNDS):
        for _ in range(chance.choice([0, 0, 1, 3])):
            guild_id = chance.choice([GUILD, GUILD, GUILD, GALLERY, None])
            new = order(chance.randint(1, 3), guild_id=guild_id, guess=chance.choice([1.0, 10.0, 300.0]))
            await place(ledger, new)
            asked += 1
        await servers.fill()
        await servers.settle()
        busy = [url for url, jobs in servers.jobs.items() if jobs]
        if busy:
            await servers.finish(chance.choice(busy))
    while any(servers.jobs.values()) or await ledger.line(1):
        await servers.fill()
        await servers.settle()
        for url in [url for url, jobs in servers.jobs.items() if jobs]:
            await servers.finish(url)
    assert len({job.id for job in servers.begun}) == asked == len(servers.begun)
