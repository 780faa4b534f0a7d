"""Where a job stands: how many go first, of how many people, and when it should be ready."""

import pytest

from bot.ledger import COUNTED_AHEAD, Allowance, JobState, Ledger, Standing
from bot.ledger.database.transactions import Database
from tests.ledger.conftest import Opening
from tests.ledger.filling import MEMBERS, fill
from tests.ledger.orders import HERE, MODERATOR, THERE, claim, look, order, pass_time, place, submit


async def test_the_line_holds_those_that_wait_next_one_first(ledger: Ledger) -> None:
    jobs = await submit(ledger, 5)
    await claim(ledger)
    await ledger.cancel(jobs[2].id, by=MODERATOR)
    assert [job.id for job, _ in await ledger.line(10)] == [jobs[1].id, jobs[3].id, jobs[4].id]
    assert [job.id for job, _ in await ledger.line(2)] == [jobs[1].id, jobs[3].id]


async def test_a_new_job_and_the_line_agree_on_its_place(ledger: Ledger) -> None:
    for number, user in enumerate([1, 1, 1, 2, 3, 2, 1, 4]):
        new = order(user, guess=5.0 + number)
        job, standing = await ledger.submit(new)
        found = {one.id: place for one, place in await ledger.line(100)}
        assert found[job.id] == standing


async def test_a_member_is_told_how_many_others_go_first(ledger: Ledger) -> None:
    await submit(ledger, 3, 1)
    await submit(ledger, 1, 2)
    _, standing = await ledger.submit(order(3))
    # One of each: the first member's other jobs start later by that member's own clock.
    assert (standing.ahead, standing.people) == (2, 2)
    _, standing = await ledger.submit(order(1))
    assert standing.people == 2


async def test_held_jobs_are_not_counted(ledger: Ledger, ledger_url: str) -> None:
    await submit(ledger, 1, 1)
    await look(ledger_url, f"UPDATE jobs SET held_by = {MODERATOR}")  # noqa: S608 - no foreign words in it
    _, standing = await ledger.submit(order(2))
    assert (standing.ahead, standing.people) == (0, 0)


async def test_the_time_is_unknown_while_no_server_answers(opening: Opening, ledger_url: str) -> None:
    ledger = await opening(15)
    _, standing = await ledger.submit(order())
    assert standing.ready_at is None
    await ledger.servers.say(HERE, answering=False)
    assert [standing.ready_at for _, standing in await ledger.line(10)] == [None]
    await ledger.servers.say(HERE, answering=True)
    assert [standing.ready_at for _, standing in await ledger.line(10)] != [None]
    await pass_time(ledger_url, 16)
    assert [standing.ready_at for _, standing in await ledger.line(10)] == [None]


async def test_the_time_counts_what_goes_first_over_all_servers(ledger: Ledger) -> None:
    for server in (HERE, THERE):
        await ledger.servers.say(server, answering=True)
    running = await place(ledger, order(1, guess=10.0))
    await place(ledger, order(2, guess=40.0))
    claimed = await claim(ledger)
    assert claimed.id == running.id
    assert claimed.started_at is not None
    job, standing = await ledger.submit(order(3, guess=6.0))
    # 10 s that run and 40 s that wait are shared by two servers, then its own 6 s.
    assert standing.ready_at == pytest.approx(claimed.started_at + (10 + 40) / 2 + 6, abs=5)
    assert [one.id for one, place in await ledger.line(9) if place.ready_at][-1] == job.id


async def test_a_job_that_takes_longer_than_expected_delays_nobody_into_the_past(
    ledger: Ledger, ledger_url: str
) -> None:
    await ledger.servers.say(HERE, answering=True)
    await place(ledger, order(1, guess=10.0))
    await ledger.begun(await claim(ledger))
    await pass_time(ledger_url, 3600)
    await ledger.servers.say(HERE, answering=True)
    job, standing = await ledger.submit(order(2, guess=6.0))
    assert standing.ready_at == pytest.approx(job.created_at + 6, abs=5)


async def test_counting_ends_where_nobody_cares_any_more(ledger: Ledger, ledger_url: str) -> None:
    database = await Database.open(ledger_url)
    await database.transaction(lambda connection: fill(connection, COUNTED_AHEAD + 50, JobState.QUEUED), seconds=60)
    await database.close()
    _, standing = await ledger.submit(order(MEMBERS), Allowance(lane=1))
    assert standing == Standing(COUNTED_AHEAD, MEMBERS, None)
