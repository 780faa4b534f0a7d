"""What several processes do at the same moment to one ledger."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator

import pytest

from bot.ledger import JobState, Ledger, NewJob
from tests.ledgers import open_patiently
from tests.postgresql import fresh_database

PROCESSES = 6


@pytest.fixture
async def ledgers() -> AsyncIterator[list[Ledger]]:
    """The same one, as each of several processes has it."""
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(fresh_database())
        opened = []
        for _ in range(PROCESSES):
            ledger = await open_patiently(url)
            stack.push_async_callback(ledger.close)
            opened.append(ledger)
        yield opened


async def order(ledger: Ledger, user_id: int) -> None:
    new = NewJob(
        id=str(uuid.uuid4()),
        guild_id=1,
        channel_id=2,
        user_id=user_id,
        application_id=3,
        interaction_token="a-made-up-token",
        upload_limit=10 * 2**20,
        workflow="picture",
        values={},
        models="one",
    )
    job, _ = await ledger.submit(new)
    await ledger.acknowledged(job.id, 4)


async def test_nobody_goes_without_a_job_because_others_claim(ledgers: list[Ledger]) -> None:
    for _ in range(10):
        for user_id in range(PROCESSES):
            await order(ledgers[0], user_id)
        claimed = await asyncio.gather(
            *(ledger.claim(f"server {number}", loaded="another") for number, ledger in enumerate(ledgers))
        )
        assert len({job.id for job in claimed if job is not None}) == PROCESSES
        for ledger, job in zip(ledgers, claimed, strict=True):
            assert job is not None
            await ledger.finish(job, JobState.DONE)


async def test_the_first_runs_of_a_workflow_may_end_together(ledgers: list[Ledger]) -> None:
    for user_id in range(PROCESSES):
        await order(ledgers[0], user_id)
    claimed = [await ledger.claim(f"server {number}") for number, ledger in enumerate(ledgers)]
    ended = await asyncio.gather(
        *(
            ledger.finish(job, JobState.DONE, seconds=1.0)
            for ledger, job in zip(ledgers, claimed, strict=True)
            if job is not None
        )
    )
    assert [job is not None and job.state for job in ended] == [JobState.DONE] * PROCESSES
