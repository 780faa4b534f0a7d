"""Several processes on one PostgreSQL: they share the line, and hear of each other."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy.engine import make_url

from bot.ledger import SERVERS, WORKFLOWS, JobState, KeptWorkflow, Ledger, Signals, open_ledger
from bot.ledger.database.transactions import Database
from bot.ledger.listener import Listener
from bot.ledger.signals import WORK
from tests.ledger.filling import fill
from tests.ledger.orders import GUILD, HERE, OWNER, THERE, claim, look, order, place, submit
from tests.programs import ROOT
from tests.waiting import until


@pytest.fixture
async def ledgers(postgresql_url: str) -> AsyncIterator[tuple[Ledger, Ledger]]:
    here, there = await open_ledger(postgresql_url), await open_ledger(postgresql_url)
    yield here, there
    for ledger in (here, there):
        await ledger.close()


@contextlib.asynccontextmanager
async def hearing(ledger: Ledger) -> AsyncIterator[asyncio.Event]:
    """The ledger hears what others say; the event tells whether it does at the moment."""
    listening = ledger.listening()
    task = asyncio.create_task(listening.run())
    await until(listening.connected.is_set)
    try:
        yield listening.connected
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# --- The line


async def test_two_processes_claim_every_job_once_and_none_is_left(
    ledgers: tuple[Ledger, Ledger], postgresql_url: str
) -> None:
    database = await Database.open(postgresql_url)
    await database.transaction(lambda connection: fill(connection, 200, JobState.QUEUED), seconds=60)
    await database.close()
    claimed: list[str] = []

    async def worker(ledger: Ledger, server: str) -> None:
        # A claim that finds nothing may have found rows that others had locked: the line decides when it is over.
        while len(claimed) < 200:
            if job := await ledger.claim(server):
                claimed.append(job.id)

    async with asyncio.timeout(120):
        await asyncio.gather(*(worker(ledger, f"{HERE}/{one}") for one in range(2) for ledger in ledgers))
    assert len(claimed) == len(set(claimed)) == 200


async def test_a_job_whose_reply_is_still_on_its_way_is_left_alone_for_a_while(
    ledgers: tuple[Ledger, Ledger], postgresql_url: str
) -> None:
    job, _ = await ledgers[0].submit(order())
    assert await ledgers[1].claim(HERE) is None
    await look(postgresql_url, "UPDATE jobs SET created_at = created_at - 11")
    assert (await claim(ledgers[1])).id == job.id


async def test_a_job_that_is_held_is_claimed_by_nobody_meanwhile(ledgers: tuple[Ledger, Ledger]) -> None:
    here, there = ledgers
    first, second = await submit(here, 2)
    async with hearing(there):
        async with here.hold(first.id) as held:
            assert held == first
            assert (await claim(there)).id == second.id
            assert await there.claim(HERE) is None
            bell = there.signals.bell(WORK)
        # Processes that passed it by are asked to look again.
        await until(bell.is_set)
        assert (await claim(there)).id == first.id


async def test_a_job_is_held_by_one(ledgers: tuple[Ledger, Ledger]) -> None:
    (job,) = await submit(ledgers[0])
    async with ledgers[0].hold(job.id), ledgers[1].hold(job.id) as held:
        assert held is None
    async with ledgers[1].hold(job.id) as held:
        assert held == job


async def test_what_waits_no_longer_is_not_held(ledgers: tuple[Ledger, Ledger]) -> None:
    (job,) = await submit(ledgers[0])
    await claim(ledgers[1])
    async with ledgers[0].hold(job.id) as held:
        assert held is None
    async with ledgers[0].hold("missing") as held:
        assert held is None


async def test_a_fault_of_whoever_holds_is_his_own_and_frees_the_job(ledgers: tuple[Ledger, Ledger]) -> None:
    here, there = ledgers
    (job,) = await submit(here)
    async with hearing(there):
        bell = there.signals.bell(WORK)
        with pytest.raises(TimeoutError, match="Discord"):
            async with here.hold(job.id):
                raise TimeoutError("Discord")
        await until(bell.is_set)
        assert (await claim(there)).id == job.id


async def test_however_many_are_held_the_others_go_on(ledgers: tuple[Ledger, Ledger]) -> None:
    ledger = ledgers[0]
    jobs = await submit(ledger, 12)
    async with contextlib.AsyncExitStack() as stack:
        for job in jobs[:4]:
            await stack.enter_async_context(ledger.hold(job.id))
        await submit(ledger)
        assert (await claim(ledger)).id == jobs[4].id


async def test_two_guilds_of_one_member_are_ordered_at_once(ledgers: tuple[Ledger, Ledger]) -> None:
    await asyncio.gather(*(place(ledger, order(guild_id=GUILD + 1)) for ledger in ledgers for _ in range(3)))
    assert len(await ledgers[0].active_of(OWNER)) == 6


# --- News


async def on_submit(ledger: Ledger) -> None:
    await submit(ledger)


async def on_servers(ledger: Ledger) -> None:
    await ledger.servers.say(THERE, answering=True)


async def on_workflows(ledger: Ledger) -> None:
    await ledger.shelf.keep_workflow(KeptWorkflow(GUILD, "mine", "{}", "", live=True, enabled=True, added_by=OWNER))


@pytest.mark.parametrize(("topic", "act"), [(WORK, on_submit), (SERVERS, on_servers), (WORKFLOWS, on_workflows)])
async def test_news_reach_the_other_process(
    ledgers: tuple[Ledger, Ledger], topic: str, act: Callable[[Ledger], Awaitable[None]]
) -> None:
    here, there = ledgers
    async with hearing(there):
        bell = there.signals.bell(topic)
        await act(here)
        await until(bell.is_set)


async def test_a_cancel_reaches_the_worker_in_the_other_process(ledgers: tuple[Ledger, Ledger]) -> None:
    here, there = ledgers
    await submit(here, 2)
    job, other = await claim(there), await claim(there)
    with there.signals.cancellation(job.id) as asked, there.signals.cancellation(other.id) as unasked:
        async with hearing(there):
            await here.cancel(job.id, by=OWNER)
            await until(asked.is_set)
            assert not unasked.is_set()


async def test_what_was_missed_is_looked_for_after_the_connection_was_cut(
    ledgers: tuple[Ledger, Ledger], postgresql_url: str
) -> None:
    here, there = ledgers
    async with hearing(there) as connected:
        bells = [there.signals.bell(topic) for topic in (WORK, SERVERS, WORKFLOWS)]
        await look(
            postgresql_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query = 'SELECT 1'",
        )
        await until(lambda: all(bell.is_set() for bell in bells))
        await until(connected.is_set)
        bell = there.signals.bell(WORK)
        await submit(here)
        await until(bell.is_set)


async def test_what_the_address_says_of_the_connection_counts_for_news_as_well(postgresql_url: str) -> None:
    ledger = await open_ledger(f"{postgresql_url}?ssl=disable&prepared_statement_cache_size=50")
    async with hearing(ledger) as connected:
        assert connected.is_set()
    await ledger.close()


async def test_one_of_all_leads_and_another_takes_over(postgresql_url: str) -> None:
    first, second = (Listener(make_url(postgresql_url), Signals(), probe_seconds=0.1) for _ in range(2))
    leader = asyncio.create_task(first.run())
    await until(lambda: first.leads)
    follower = asyncio.create_task(second.run())
    await until(second.connected.is_set)
    assert not second.leads
    leader.cancel()
    await until(lambda: second.leads)
    follower.cancel()
    await asyncio.gather(leader, follower, return_exceptions=True)


# --- A start


async def test_processes_that_start_at_once_on_an_empty_database_all_work(empty_postgresql_url: str) -> None:
    starts = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.ledger.submitting",
            empty_postgresql_url,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        async with asyncio.timeout(60):
            for process in starts:
                assert process.stdout is not None
                assert await process.stdout.readline()
    finally:
        for process in starts:
            process.kill()
            await process.communicate()
