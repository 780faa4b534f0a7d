"""Pages, messages and usage as the ledger tells them: always of one member in one place."""

import pytest

from bot.ledger import Allowance, Job, JobState, Ledger, NewJob
from tests.ledger.orders import HERE, THERE, order

ALICE, BOB = 1, 2
GUILD, OTHER = 100, 101


async def ordered(ledger: Ledger, new: NewJob) -> Job:
    job, _ = await ledger.submit(new)
    await ledger.acknowledged(job.id, job.number)
    return job


async def made(ledger: Ledger, user_id: int = ALICE, guild_id: int | None = GUILD, number: int = 1) -> list[Job]:
    jobs = []
    for _ in range(number):
        job = await ordered(ledger, order(user_id, guild_id=guild_id))
        claimed = await ledger.claim(HERE)
        assert claimed is not None
        await ledger.finish(claimed, JobState.DONE)
        jobs.append(job)
    return jobs


async def test_pages_go_through_everything_and_back(ledger: Ledger) -> None:
    jobs = [job.id for job in await made(ledger, number=7)][::-1]
    first = await ledger.history(ALICE, GUILD, 3)
    assert ([job.id for job in first.jobs], first.newer, first.older) == (jobs[:3], False, True)
    second = await ledger.history(ALICE, GUILD, 3, below=first.jobs[-1].number)
    assert ([job.id for job in second.jobs], second.newer, second.older) == (jobs[3:6], True, True)
    last = await ledger.history(ALICE, GUILD, 3, below=second.jobs[-1].number)
    assert ([job.id for job in last.jobs], last.newer, last.older) == (jobs[6:], True, False)
    assert await ledger.history(ALICE, GUILD, 3, above=last.jobs[0].number) == second
    assert await ledger.history(ALICE, GUILD, 3, above=second.jobs[0].number) == first


async def test_what_is_made_meanwhile_moves_nothing(ledger: Ledger) -> None:
    await made(ledger, number=4)
    first = await ledger.history(ALICE, GUILD, 2)
    before = await ledger.history(ALICE, GUILD, 2, below=first.jobs[-1].number)
    await made(ledger, number=3)
    assert await ledger.history(ALICE, GUILD, 2, below=first.jobs[-1].number) == before


@pytest.mark.parametrize(("user_id", "guild_id"), [(ALICE, OTHER), (ALICE, None), (BOB, GUILD)])
async def test_pictures_of_others_and_of_other_places_are_not_there(
    ledger: Ledger, user_id: int, guild_id: int | None
) -> None:
    (own,) = await made(ledger)
    await made(ledger, user_id, guild_id)
    assert [job.id for job in (await ledger.history(ALICE, GUILD, 9)).jobs] == [own.id]
    assert len((await ledger.history(user_id, guild_id, 9)).jobs) == 1


async def test_only_what_came_to_something_is_history(ledger: Ledger) -> None:
    await ordered(ledger, order(ALICE))
    claimed = await ledger.claim(HERE)
    assert claimed is not None
    await ledger.finish(claimed, JobState.FAILED, "no memory")
    await ledger.submit(order(ALICE))
    assert (await ledger.history(ALICE, GUILD, 9)).jobs == ()


async def test_a_message_leads_to_its_job_in_its_own_guild_alone(ledger: Ledger) -> None:
    (job,) = await made(ledger)
    await ledger.acknowledged(job.id, 777)
    found = await ledger.job_of_message(GUILD, 777)
    assert found is not None
    assert found.id == job.id
    assert await ledger.job_of_message(OTHER, 777) is None
    assert await ledger.job_of_message(None, 777) is None
    assert await ledger.job_of_message(GUILD, 778) is None


async def test_usage_counts_what_waits_and_what_came_to_something_today(ledger: Ledger) -> None:
    nothing = await ledger.usage(ALICE, GUILD)
    assert (nothing.waiting, nothing.today, nothing.frees_at) == (0, 0, None)
    (job,) = await made(ledger)
    await made(ledger, guild_id=OTHER)
    await made(ledger, BOB)
    await ledger.submit(order(ALICE), Allowance(queued=5, daily=5))
    used = await ledger.usage(ALICE, GUILD)
    assert (used.waiting, used.today) == (1, 2)
    assert used.frees_at == pytest.approx(job.created_at + 24 * 3600, abs=1)


async def test_the_overview_numbers_servers_and_tells_what_is_made_from_what_is_next(ledger: Ledger) -> None:
    jobs = [await ordered(ledger, order(user_id)) for user_id in (1, 2, 3, 4, 5)]
    for url in (THERE, HERE):
        await ledger.servers.say(url, answering=True)
    for url in (HERE, THERE, HERE):
        job = await ledger.claim(url)
        assert job is not None
        if job.id != jobs[2].id:
            await ledger.begun(job)
    seen = await ledger.overview()
    assert (seen.servers, seen.answering) == (2, 2)
    assert [(one.job.id, one.server, one.made) for one in seen.running] == [
        (jobs[0].id, 1, True),
        (jobs[2].id, 1, False),
        (jobs[1].id, 2, True),
    ]
    assert [(job.id, standing.ahead) for job, standing in seen.waiting] == [(jobs[3].id, 0), (jobs[4].id, 1)]
    assert not seen.paused
    await ledger.rules.pause(GUILD, 9, None)
    assert (await ledger.overview()).paused == {GUILD}
