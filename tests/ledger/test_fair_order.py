"""The line is start-time fair queueing: the same order as a model of it that knows no SQL, and what that promises."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.ledger import Allowance, JobState, Ledger
from bot.ledger.database.schema import JOBS
from bot.ledger.database.transactions import Database
from tests.ledger.orders import HERE, claim, claims, look, order, place, submit

FAR_FUTURE = 1e9


# --- A model of it


@dataclass
class Placed:
    job_id: str
    number: int
    user: int
    lane: int
    start: float
    finish: float
    state: str = "queued"
    claimed: int = 0
    begun: bool = False


@dataclass
class Model:
    """Start-time fair queueing as in Goyal, Vin, Cheng (1997), with lanes."""

    jobs: list[Placed] = field(default_factory=list)

    def arrive(self, job_id: str, user: int, lane: int, length: float) -> None:
        start = max([self.virtual_time(), *(job.finish for job in self.jobs if job.user == user and counts(job))])
        self.jobs.append(Placed(job_id, len(self.jobs), user, lane, start, start + length))

    def virtual_time(self) -> float:
        """The start of what was begun last; once nothing is to be done, the end of all that was done."""
        running = [job for job in self.jobs if job.state == "running"]
        # What is only ready behind another one on its server has not begun.
        ready = [job for job in sorted(running, key=lambda job: job.claimed)[1:] if not job.begun]
        started = (job for job in self.jobs if job.state not in {"queued", "cancelled"} and job not in ready)
        begun = max((job.start for job in started), default=0.0)
        if running:
            return begun
        served = max((job.finish for job in self.jobs if job.state == "done"), default=0.0)
        following = next((job.start for job in self.line()), float("inf"))
        return max(begun, min(served, following))

    def line(self) -> list[Placed]:
        waiting = (job for job in self.jobs if job.state == "queued")
        return sorted(waiting, key=lambda job: (job.lane, job.start, job.number))


def counts(job: Placed) -> bool:
    return job.state in {"queued", "running", "done"}


ARRIVE = st.tuples(
    st.just("arrive"),
    st.integers(1, 4),
    st.sampled_from([0, 0, 0, 1]),
    st.sampled_from([0.5, 1.0, 3.0]),
    st.sampled_from([1.0, 10.0, 600.0]),
)
CLAIM = st.tuples(st.just("claim"))
BEGIN = st.tuples(st.just("begin"), st.integers(0, 3))
END = st.tuples(st.just("end"), st.integers(0, 3), st.sampled_from(["done", "done", "failed"]))
CANCEL = st.tuples(st.just("cancel"), st.integers(0, 9))


@pytest.fixture
async def memory() -> AsyncIterator[Database]:
    database = await Database.open("sqlite+aiosqlite:///:memory:")
    yield database
    await database.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ARRIVE | ARRIVE | CLAIM | BEGIN | END | CANCEL, min_size=5, max_size=25))
async def test_the_ledger_orders_jobs_as_the_model_does(memory: Database, events: list[tuple[object, ...]]) -> None:
    await memory.transaction(lambda connection: connection.execute(delete(JOBS)))
    ledger, model = Ledger(memory, FAR_FUTURE), Model()
    running = {}
    claimed_in_order = itertools.count()
    for event in events:
        match event:
            case "arrive", int(user), int(lane), float(weight), float(cost):
                job, _ = await ledger.submit(order(user, guess=cost), Allowance(weight=weight, lane=lane))
                await ledger.acknowledged(job.id, job.number)
                model.arrive(job.id, user, lane, cost / weight)
            case ("claim",):
                claimed = await ledger.claim(HERE)
                first = next(iter(model.line()), None)
                assert (claimed and claimed.id) == (first and first.job_id)
                if claimed is not None and first is not None:
                    running[claimed.id] = claimed
                    first.state, first.claimed = "running", next(claimed_in_order)
            case "begin", int(index) if running:
                began = list(running.values())[index % len(running)]
                await ledger.begun(began)
                next(job for job in model.jobs if job.job_id == began.id).begun = True
            case "end", int(index), str(state) if running:
                ended = list(running.values())[index % len(running)]
                await ledger.finish(running.pop(ended.id), JobState(state))
                next(job for job in model.jobs if job.job_id == ended.id).state = state
            case "cancel", int(index) if line := model.line():
                cancelled = line[index % len(line)]
                await ledger.cancel(cancelled.job_id, by=cancelled.user)
                cancelled.state = "cancelled"
            case _:
                pass
    assert [job.id for job, _ in await ledger.line(100)] == [job.job_id for job in model.line()]


# --- What it promises


async def serve(ledger: Ledger, jobs: int = 10**6) -> list[int]:
    """Whose jobs a single server takes, one after the other."""
    served: list[int] = []
    while len(served) < jobs and (job := await ledger.claim(HERE)) is not None:
        await ledger.finish(job, JobState.DONE)
        served.append(job.user_id)
    return served


async def test_a_flood_delays_nobody_by_more_than_one_of_its_jobs(ledger: Ledger, ledger_url: str) -> None:
    for user, jobs in {1: 100, **dict.fromkeys(range(2, 11), 5)}.items():
        for _ in range(jobs):
            await ledger.submit(order(user))
    await look(ledger_url, "UPDATE jobs SET message_id = 400")
    served = await serve(ledger, 60)
    for user in range(2, 11):
        turns = [index for index, one in enumerate(served) if one == user]
        assert len(turns) == 5
        for nth, index in enumerate(turns):
            # Its fair share goes first, one job a round, and one more.
            assert served[:index].count(1) <= nth + 1


async def test_one_who_comes_into_a_flood_waits_for_one_of_its_jobs(ledger: Ledger) -> None:
    await submit(ledger, 20, 1)
    await serve(ledger, 7)
    await submit(ledger, 1, 2)
    assert 2 in await serve(ledger, 2)


async def test_shares_follow_the_weights(ledger: Ledger) -> None:
    weights = {1: 1.0, 2: 2.0, 3: 4.0}
    for user, weight in weights.items():
        for _ in range(int(weight * 8)):
            await place(ledger, order(user), Allowance(weight=weight))
    served = Counter(await serve(ledger, 35))
    for user, weight in weights.items():
        share = 35 * weight / sum(weights.values())
        assert abs(served[user] - share) <= max(1, 0.1 * share)


async def test_shares_are_of_time_and_not_of_jobs(ledger: Ledger) -> None:
    for _ in range(4):
        await place(ledger, order(1, guess=40.0))
    for _ in range(16):
        await place(ledger, order(2, guess=10.0))
    served = await serve(ledger, 15)
    assert 2 <= served.count(1) <= 4
    assert max(len(list(turn)) for user, turn in itertools.groupby(served) if user == 2) <= 5


async def test_what_kept_nobody_waiting_is_not_paid_for_later(ledger: Ledger) -> None:
    await place(ledger, order(1, guess=3600.0))
    await serve(ledger)
    await submit(ledger, 10, 2)
    await submit(ledger, 1, 1)
    assert 1 in await serve(ledger, 2)


async def test_the_first_orders_after_a_pause_are_equal_whoever_made_them(ledger: Ledger) -> None:
    await place(ledger, order(1, guess=3600.0))
    await serve(ledger)
    for user in (2, 3):
        await submit(ledger, 4, user)
    assert await serve(ledger, 4) == [2, 3, 2, 3]


async def test_nobody_saves_up_by_waiting(ledger: Ledger) -> None:
    await submit(ledger, 20, 1)
    await serve(ledger, 15)
    await submit(ledger, 5, 2)
    assert (await serve(ledger, 6)).count(2) <= 4


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
async def test_the_clock_of_a_job_that_came_to_nothing_is_refunded(ledger: Ledger, state: JobState) -> None:
    await place(ledger, order(1, guess=600.0))
    failing = await claim(ledger)
    (other,) = await submit(ledger, 1, 2)
    await ledger.finish(failing, state)
    again = await place(ledger, order(1))
    await submit(ledger, 3, 2)
    assert (await claims(ledger))[:2] == [other.id, again.id]


async def test_the_clock_of_a_job_that_was_cancelled_in_line_is_refunded(ledger: Ledger) -> None:
    long = await place(ledger, order(1, guess=600.0))
    await ledger.cancel(long.id, by=1)
    await submit(ledger, 3, 2)
    again = await place(ledger, order(1))
    assert again.id in (await claims(ledger))[:2]
