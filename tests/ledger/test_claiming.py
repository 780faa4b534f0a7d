"""Who gets a job, what becomes of the claim, and that an older claim counts for nothing."""

import asyncio

import pytest

from bot.ledger import Cancellation, JobState, Ledger
from tests.ledger.conftest import Opening
from tests.ledger.orders import HERE, MODERATOR, OWNER, THERE, claim, claims, look, now, order, pass_time, place, submit

SERVERS = [f"http://127.0.0.1:{port}" for port in range(8188, 8192)]


# --- Claims


async def test_the_oldest_is_claimed_first_and_then_there_is_none(ledger: Ledger) -> None:
    jobs = await submit(ledger, 3)
    assert await claims(ledger) == [job.id for job in jobs]
    assert await ledger.claim(HERE) is None


async def test_a_claimed_job_runs_on_its_server(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    claimed = await claim(ledger)
    assert (claimed.state, claimed.server, claimed.epoch) == (JobState.RUNNING, HERE, job.epoch + 1)
    assert claimed.started_at is not None
    assert claimed.started_at >= job.created_at
    assert await now(ledger, job) == claimed


async def test_many_at_once_get_every_job_once(opening: Opening) -> None:
    ledgers = [await opening() for _ in range(2)]
    jobs = [(await submit(ledgers[0], 1, number % 7))[0].id for number in range(16)]

    async def worker(ledger: Ledger, server: str) -> list[str]:
        return await claims(ledger, server)

    workers = [worker(ledger, server) for ledger, server in zip(ledgers * 2, SERVERS, strict=True)]
    claimed = [job_id for one in await asyncio.gather(*workers) for job_id in one]
    # A claim that found every row locked looks again at the next wake-up.
    claimed += await claims(ledgers[0])
    assert sorted(claimed) == sorted(jobs)


async def test_orders_at_once_are_all_kept(opening: Opening) -> None:
    ledgers = [await opening() for _ in range(2)]
    orders = [order(user_id) for user_id in range(12)]
    accepted = await asyncio.gather(*(ledgers[number % 2].submit(new) for number, new in enumerate(orders)))
    line = [job.id for job, _ in await ledgers[0].line(100)]
    assert line == [job.id for job, _ in sorted(accepted, key=lambda one: one[0].number)]
    assert sorted(line) == sorted(new.id for new in orders)


async def test_a_server_leaves_alone_what_it_cannot_run(ledger: Ledger) -> None:
    first = await place(ledger, order(1, workflow="video"))
    second = await place(ledger, order(2, workflow="upscale"))
    third = await place(ledger, order(3))
    found = [await ledger.claim(HERE, beyond=["video", "upscale"]), await ledger.claim(HERE, beyond={"upscale"})]
    assert [job.id for job in found if job is not None] == [third.id, first.id]
    assert await ledger.claim(HERE, beyond=("upscale",)) is None
    assert await claims(ledger) == [second.id]


async def test_a_server_leaves_alone_what_needs_something_it_does_not_have(ledger: Ledger) -> None:
    jobs = [await place(ledger, order(user, needs=needs)) for user, needs in enumerate(["lora", "vae", "lora", ""])]
    offered = [await ledger.claim(HERE, offers=lambda needs: needs == "vae") for _ in range(3)]
    assert [job and job.id for job in offered] == [jobs[1].id, jobs[3].id, None]
    assert await claims(ledger, THERE) == [jobs[0].id, jobs[2].id]


async def test_a_held_job_is_passed_by_and_keeps_its_place(ledger: Ledger, ledger_url: str) -> None:
    held, second, third = [(await submit(ledger, 1, user))[0] for user in (1, 2, 3)]
    await look(ledger_url, f"UPDATE jobs SET held_by = {MODERATOR} WHERE number = {held.number}")  # noqa: S608
    assert (await claim(ledger)).id == second.id
    assert [job.id for job, _ in await ledger.line(10)] == [third.id]
    await look(ledger_url, "UPDATE jobs SET held_by = NULL")
    assert await claims(ledger) == [held.id, third.id]


# --- Ends


@pytest.mark.parametrize(("state", "reason"), [("done", None), ("failed", "no memory"), ("cancelled", None)])
async def test_a_job_ends_once(ledger: Ledger, state: JobState, reason: str | None) -> None:
    await submit(ledger)
    claimed = await claim(ledger)
    ended = await ledger.finish(claimed, JobState(state), reason)
    assert ended is not None
    assert (ended.state, ended.reason, ended.server) == (state, reason, HERE)
    assert ended.finished_at is not None
    assert await ledger.finish(claimed, JobState(state), "again") is None
    assert await ledger.give_back(claimed, lost=True) is None
    assert await now(ledger, claimed) == ended
    assert await ledger.claim(HERE) is None


async def test_only_one_of_many_ends_counts(opening: Opening) -> None:
    ledgers = [await opening() for _ in range(2)]
    await submit(ledgers[0])
    job = await claim(ledgers[0])
    ends = await asyncio.gather(*(ledger.finish(job, JobState.DONE) for ledger in ledgers * 4))
    assert sum(end is not None for end in ends) == 1


async def test_an_older_claim_changes_nothing(ledger: Ledger) -> None:
    await submit(ledger)
    old = await claim(ledger)
    await ledger.give_back(old, lost=True)
    assert await ledger.finish(old, JobState.DONE) is None  # it waits
    new = await claim(ledger, THERE)
    assert new.epoch == old.epoch + 1
    assert await ledger.finish(old, JobState.FAILED, "too late") is None
    assert await ledger.give_back(old, lost=True) is None
    assert await ledger.give_back(old, lost=False) is None
    assert await now(ledger, old) == new
    assert await ledger.finish(new, JobState.DONE) is not None


# --- Back in line


async def test_a_job_that_a_server_forgot_goes_to_any_at_its_old_place(ledger: Ledger) -> None:
    first, second, third = await submit(ledger, 3)
    returned = await ledger.give_back(await claim(ledger), lost=True)
    assert returned is not None
    assert (returned.number, returned.state, returned.server) == (first.number, JobState.QUEUED, None)
    assert returned.started_at is None
    assert await claims(ledger, THERE) == [first.id, second.id, third.id]


async def test_a_job_whose_server_is_out_of_reach_waits_for_it_and_then_for_nobody(
    ledger: Ledger, ledger_url: str
) -> None:
    (first,) = await submit(ledger)
    await ledger.give_back(await claim(ledger), lost=False)
    await pass_time(ledger_url, 50)
    assert await ledger.claim(THERE) is None
    await pass_time(ledger_url, 11)
    again = await claim(ledger, THERE)
    assert (again.id, again.server, again.losses, again.takeovers) == (first.id, THERE, 0, 0)


async def test_a_job_whose_server_is_back_goes_on_there(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    await ledger.give_back(await claim(ledger), lost=False)
    again = await claim(ledger)
    assert (again.id, again.epoch) == (job.id, 2)


async def test_losses_are_counted_only_against_a_server_that_forgot_the_job(ledger: Ledger) -> None:
    await submit(ledger)
    for lost, losses in ((True, 1), (False, 1), (True, 2)):
        returned = await ledger.give_back(await claim(ledger), lost=lost)
        assert returned is not None
        assert returned.losses == losses


async def test_every_return_is_counted_but_those_for_an_idle_server(ledger: Ledger) -> None:
    await submit(ledger)
    for asked_back, returns in ((False, 1), (True, 1), (False, 2)):
        returned = await ledger.give_back(await claim(ledger), lost=False, unsent=True, asked_back=asked_back)
        assert returned is not None
        assert returned.returns == returns


# --- Cancelling


async def test_a_waiting_job_is_cancelled_at_once(ledger: Ledger) -> None:
    job, other = await submit(ledger, 2)
    assert await ledger.cancel(job.id, by=MODERATOR, reason="too many") is Cancellation.CANCELLED
    cancelled = await now(ledger, job)
    assert (cancelled.state, cancelled.cancelled_by, cancelled.reason) == (JobState.CANCELLED, MODERATOR, "too many")
    assert cancelled.finished_at is not None
    assert await claims(ledger) == [other.id]


async def test_the_worker_of_a_running_job_is_asked_to_cancel_it(ledger: Ledger) -> None:
    await submit(ledger)
    claimed = await claim(ledger)
    with ledger.signals.cancellation(claimed.id) as asked:
        assert await ledger.cancel(claimed.id, by=OWNER) is Cancellation.REQUESTED
        assert asked.is_set()
    running = await now(ledger, claimed)
    assert (running.state, running.cancelled_by, running.finished_at) == (JobState.RUNNING, OWNER, None)
    assert await ledger.renew() == {claimed.id: (1, True)}
    assert await ledger.finish(claimed, JobState.CANCELLED) is not None
    assert (await now(ledger, claimed)).cancelled_by == OWNER


async def test_a_job_that_may_be_under_way_on_a_server_is_cancelled_by_whoever_claims_it(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    await ledger.give_back(await claim(ledger), lost=False)
    assert await ledger.cancel(job.id, by=OWNER) is Cancellation.REQUESTED
    assert (await claim(ledger)).cancelled_by == OWNER


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
async def test_what_is_over_cannot_be_cancelled(ledger: Ledger, state: JobState) -> None:
    await submit(ledger)
    ended = await ledger.finish(await claim(ledger), state)
    assert ended is not None
    assert await ledger.cancel(ended.id, by=MODERATOR) is Cancellation.OVER
    assert await now(ledger, ended) == ended


async def test_a_job_is_cancelled_once(opening: Opening) -> None:
    ledgers = [await opening() for _ in range(2)]
    (job,) = await submit(ledgers[0])
    answers = await asyncio.gather(*(ledgers[user_id % 2].cancel(job.id, by=user_id) for user_id in range(8)))
    assert sorted(answers) == [Cancellation.CANCELLED] + [Cancellation.OVER] * 7


async def test_a_job_is_either_cancelled_or_claimed(opening: Opening) -> None:
    ledgers = [await opening() for _ in range(2)]
    jobs = await submit(ledgers[0], 10)
    cancels = asyncio.gather(*(ledgers[0].cancel(job.id, by=OWNER) for job in jobs))
    claimed = {job.id for job in await asyncio.gather(*(ledgers[1].claim(HERE) for _ in jobs)) if job is not None}
    for before, answer in zip(jobs, await cancels, strict=True):
        job = await now(ledgers[0], before)
        assert answer is (Cancellation.REQUESTED if job.id in claimed else Cancellation.CANCELLED)
        assert job.state is (JobState.RUNNING if job.id in claimed else JobState.CANCELLED)


async def test_a_job_is_never_called_over_while_it_goes_from_running_to_waiting(ledger: Ledger) -> None:
    await submit(ledger)
    claimed = await claim(ledger)
    answer, _ = await asyncio.gather(ledger.cancel(claimed.id, by=OWNER), ledger.give_back(claimed, lost=True))
    assert answer is not Cancellation.OVER
    assert (await now(ledger, claimed)).cancelled_by == OWNER


async def test_what_never_was_cannot_be_cancelled(ledger: Ledger) -> None:
    assert await ledger.cancel("missing", by=OWNER) is Cancellation.OVER
