"""Many at once, from two openings of one file, and a process that is killed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ledger import Cancellation, JobState, Ledger, open_ledger
from tests.ledger.orders import order, url_of

ROOT = Path(__file__).parents[2]
SERVERS = [f"http://127.0.0.1:{port}" for port in range(8188, 8196)]


@pytest.fixture
async def ledgers(tmp_path: Path) -> AsyncIterator[list[Ledger]]:
    """Two openings of one file, as two processes have them."""
    opened = [await open_ledger(url_of(tmp_path)) for _ in range(2)]
    yield opened
    for ledger in opened:
        await ledger.close()


async def test_no_job_is_claimed_twice_and_none_is_left(ledgers: list[Ledger]) -> None:
    jobs = [(await ledgers[0].submit(order()))[0].id for _ in range(40)]
    claims = [ledger.claim(server) for server in SERVERS for ledger in ledgers for _ in range(4)]
    claimed = [job.id for job in await asyncio.gather(*claims) if job is not None]
    assert sorted(claimed) == sorted(jobs)


async def test_orders_at_once_are_all_kept_each_with_its_own_place(ledgers: list[Ledger]) -> None:
    orders = [order(user_id) for user_id in range(40)]
    accepted = await asyncio.gather(*(ledgers[number % 2].submit(new) for number, new in enumerate(orders)))
    assert sorted(ahead for _, ahead in accepted) == list(range(40))
    line = [job.id for job in await ledgers[0].line(100)]
    assert sorted(line) == sorted(new.id for new in orders)
    assert line == [job.id for job, _ in sorted(accepted, key=lambda one: one[0].number)]


async def test_a_job_is_either_cancelled_or_claimed(ledgers: list[Ledger]) -> None:
    jobs = [(await ledgers[0].submit(order()))[0].id for _ in range(20)]
    cancels = [ledgers[0].cancel(job_id, by=1) for job_id in jobs]
    claims = [ledgers[1].claim(SERVERS[0]) for _ in jobs]
    answers = await asyncio.gather(*cancels, *claims)
    claimed = {job.id for job in answers[20:] if job is not None and not isinstance(job, Cancellation)}
    for job_id, answer in zip(jobs, answers[:20], strict=True):
        job = await ledgers[0].job(job_id)
        assert job is not None
        assert answer is (Cancellation.REQUESTED if job_id in claimed else Cancellation.CANCELLED)
        assert job.state is (JobState.RUNNING if job_id in claimed else JobState.CANCELLED)


async def test_only_one_of_two_ends_counts(ledgers: list[Ledger]) -> None:
    await ledgers[0].submit(order())
    job = await ledgers[0].claim(SERVERS[0])
    assert job is not None
    ends = await asyncio.gather(*(ledger.finish(job, JobState.DONE) for ledger in ledgers * 5))
    assert sum(end is not None for end in ends) == 1


async def test_an_accepted_order_survives_a_kill(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.ledger.submitting",
        str(tmp_path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        accepted = [await process.stdout.readline() for _ in range(10)]
    process.kill()
    accepted += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    # The kill may have cut the last line short.
    ids = [line.decode().strip() for line in accepted if line.endswith(b"\n")]
    assert len(ids) >= 10

    ledger = await open_ledger(url_of(tmp_path))
    jobs = [await ledger.job(job_id) for job_id in ids]
    assert all(job is not None and job.state is JobState.QUEUED for job in jobs)
    await ledger.close()
