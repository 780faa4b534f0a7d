"""The ledger on a real file: in order and guarded, whatever is asked of it."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from bot.ledger import Cancellation, JobState, Ledger
from tests.ledger.orders import HERE, MODERATOR, OWNER, THERE, claim, claims, now, order, submit

PATIENT = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


# --- Orders


async def test_an_accepted_order_waits_as_it_was_given(ledger: Ledger) -> None:
    new = order(OWNER)
    job, ahead = await ledger.submit(new)
    assert ahead == 0
    assert job.state is JobState.QUEUED
    assert (job.id, job.guild_id, job.channel_id, job.user_id) == (new.id, 100, 200, OWNER)
    assert (job.application_id, job.interaction_token, job.upload_limit) == (300, "a-made-up-token", new.upload_limit)
    assert (job.workflow, job.values) == (new.workflow, new.values)
    assert (job.message_id, job.server, job.epoch, job.losses) == (None, None, 0, 0)
    assert (job.started_at, job.finished_at, job.cancelled_by, job.reason) == (None, None, None, None)
    assert await ledger.job(job.id) == job


async def test_an_order_is_told_how_many_wait_before_it(ledger: Ledger) -> None:
    assert [(await ledger.submit(order()))[1] for _ in range(3)] == [0, 1, 2]
    await claim(ledger)
    assert (await ledger.submit(order()))[1] == 2


async def test_an_order_outside_a_server_has_no_guild(ledger: Ledger) -> None:
    job, _ = await ledger.submit(order(guild_id=None))
    assert (await now(ledger, job)).guild_id is None


async def test_the_same_id_is_not_accepted_twice(ledger: Ledger) -> None:
    new = order()
    await ledger.submit(new)
    with pytest.raises(IntegrityError):
        await ledger.submit(new)
    assert await claims(ledger) == [new.id]


async def test_the_message_of_a_job_is_remembered_in_any_state(ledger: Ledger) -> None:
    job, other = await submit(ledger, 2)
    await ledger.acknowledged(job.id, 2**62)
    assert (await claim(ledger)).message_id == 2**62
    assert (await now(ledger, other)).message_id is None


async def test_an_unknown_job_is_none(ledger: Ledger) -> None:
    assert await ledger.job("missing") is None


NASTY = [
    "",
    "x" * 4000,
    "\N{FACE WITH TEARS OF JOY}" * 2000,
    "'; DROP TABLE jobs; --",
    'he said "\\n" and {left}',
    "\x00\x01\x7f\u2028\u202e",
    "日本語 العربية ॐ é e\u0301",
    "@everyone <@1> `x`",
]


@pytest.mark.parametrize("text", NASTY)
async def test_a_text_comes_back_as_it_was(ledger: Ledger, text: str) -> None:
    values = {"prompt": text, text: 1}
    job, _ = await ledger.submit(order(values=values))
    assert job.values == values
    assert (await now(ledger, job)).values == values


@PATIENT
@given(
    st.dictionaries(
        st.text(),
        st.text() | st.integers(-(2**53), 2**53) | st.booleans() | st.none() | st.floats(allow_nan=False),
    )
)
async def test_values_come_back_as_they_were(ledger: Ledger, values: dict[str, Any]) -> None:
    job, _ = await ledger.submit(order(values=values))
    found = (await now(ledger, job)).values
    assert found == values
    assert [type(value) for value in found.values()] == [type(value) for value in values.values()]


# --- In line


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


async def test_the_line_holds_those_that_wait_next_one_first(ledger: Ledger) -> None:
    jobs = await submit(ledger, 5)
    await claim(ledger)
    await ledger.cancel(jobs[2].id, by=OWNER)
    assert [job.id for job in await ledger.line(10)] == [jobs[1].id, jobs[3].id, jobs[4].id]
    assert [job.id for job in await ledger.line(2)] == [jobs[1].id, jobs[3].id]


async def test_a_users_active_jobs_are_his_newest_first(ledger: Ledger) -> None:
    jobs = await submit(ledger, 4)
    await ledger.submit(order(MODERATOR))
    await ledger.finish(await claim(ledger), JobState.DONE)
    await claim(ledger)
    await ledger.cancel(jobs[2].id, by=OWNER)
    assert [job.id for job in await ledger.active_of(OWNER)] == [jobs[3].id, jobs[1].id]
    assert await ledger.active_of(12345) == ()


# --- Ends


@pytest.mark.parametrize(("state", "reason"), [("done", None), ("failed", "no memory"), ("cancelled", None)])
async def test_a_job_ends_once(ledger: Ledger, state: JobState, reason: str | None) -> None:
    await submit(ledger)
    claimed = await claim(ledger)
    ended = await ledger.finish(claimed, JobState(state), reason)
    assert ended is not None
    assert (ended.state, ended.reason, ended.server) == (state, reason, HERE)
    assert ended.finished_at is not None
    assert await ledger.finish(claimed, JobState.FAILED, "again") is None
    assert await ledger.give_back(claimed, lost=True) is None
    assert await now(ledger, claimed) == ended
    assert await ledger.claim(HERE) is None


async def test_an_older_claim_changes_nothing(ledger: Ledger) -> None:
    await submit(ledger)
    old = await claim(ledger)
    await ledger.give_back(old, lost=False)
    assert await ledger.finish(old, JobState.DONE) is None  # it waits
    new = await claim(ledger, THERE)
    assert new.epoch == old.epoch + 1
    assert await ledger.finish(old, JobState.FAILED, "too late") is None
    assert await ledger.give_back(old, lost=True) is None
    assert await now(ledger, old) == new
    assert await ledger.finish(new, JobState.DONE) is not None


async def test_a_job_that_was_given_back_keeps_its_place(ledger: Ledger) -> None:
    first, second, third = await submit(ledger, 3)
    returned = await ledger.give_back(await claim(ledger), lost=False)
    assert returned is not None
    assert (returned.number, returned.state, returned.server) == (first.number, JobState.QUEUED, None)
    assert returned.started_at is None
    assert await claims(ledger, THERE) == [first.id, second.id, third.id]


async def test_losses_are_counted_only_against_a_server_that_forgot_the_job(ledger: Ledger) -> None:
    await submit(ledger)
    for lost, losses in ((True, 1), (False, 1), (True, 2)):
        returned = await ledger.give_back(await claim(ledger), lost=lost)
        assert returned is not None
        assert returned.losses == losses


# --- Cancelling


async def test_a_waiting_job_is_cancelled_at_once(ledger: Ledger) -> None:
    job, other = await submit(ledger, 2)
    assert await ledger.cancel(job.id, by=MODERATOR) is Cancellation.CANCELLED
    cancelled = await now(ledger, job)
    assert (cancelled.state, cancelled.cancelled_by) == (JobState.CANCELLED, MODERATOR)
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
    assert await ledger.finish(claimed, JobState.CANCELLED) is not None
    assert (await now(ledger, claimed)).cancelled_by == OWNER


async def test_a_request_to_cancel_survives_that_the_job_is_given_back(ledger: Ledger) -> None:
    await submit(ledger)
    claimed = await claim(ledger)
    await ledger.cancel(claimed.id, by=OWNER)
    await ledger.give_back(claimed, lost=True)
    assert (await claim(ledger)).cancelled_by == OWNER


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
async def test_what_is_over_cannot_be_cancelled(ledger: Ledger, state: JobState) -> None:
    await submit(ledger)
    ended = await ledger.finish(await claim(ledger), state)
    assert ended is not None
    assert await ledger.cancel(ended.id, by=MODERATOR) is Cancellation.OVER
    assert await now(ledger, ended) == ended


async def test_a_job_is_cancelled_once(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    answers = await asyncio.gather(*(ledger.cancel(job.id, by=user_id) for user_id in range(10)))
    assert sorted(answers) == [Cancellation.CANCELLED] + [Cancellation.OVER] * 9


async def test_what_never_was_cannot_be_cancelled(ledger: Ledger) -> None:
    assert await ledger.cancel("missing", by=OWNER) is Cancellation.OVER


async def test_a_job_is_never_called_over_while_it_goes_from_running_to_waiting(ledger: Ledger) -> None:
    await submit(ledger)
    claimed = await claim(ledger)
    answer, _ = await asyncio.gather(ledger.cancel(claimed.id, by=OWNER), ledger.give_back(claimed, lost=True))
    assert answer is not Cancellation.OVER
    assert (await now(ledger, claimed)).cancelled_by == OWNER
