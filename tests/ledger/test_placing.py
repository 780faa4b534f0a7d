"""Which server gets which job where there are several: nobody waits beside one that is idle, and no place is lost."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger import Allowance, Claimant, Job, JobState, Ledger, OverBudget, Reach, Recall
from bot.ledger.candidates import Candidate
from bot.ledger.queue.scheduling import choose
from tests.ledger.conftest import Opening
from tests.ledger.orders import GUILD, HERE, THERE, claim, now, order, pass_time, place, submit

ELSEWHERE = "http://127.0.0.1:8190"

Elsewhere = Callable[[str, str, str], bool]


def anything(*_: str) -> bool:
    return True


@pytest.fixture
async def answering(ledger: Ledger) -> Ledger:
    for url in (HERE, THERE, ELSEWHERE):
        await ledger.servers.say(url, answering=True)
    return ledger


async def ask(
    ledger: Ledger, server: str, reach: Reach, loaded: str | None = None, elsewhere: Elsewhere = anything
) -> Job | Recall | OverBudget | None:
    claimant = Claimant(ledger.worker, server, ledger.lease_seconds, loaded=loaded, reach=reach, elsewhere=elsewhere)
    return await ledger.claim_for(claimant)


def id_of(found: Job | Recall | OverBudget | None) -> str | None:
    return found.id if isinstance(found, Job) else None


# --- Ready behind what runs


async def test_what_an_idle_server_can_run_is_put_behind_nothing(answering: Ledger) -> None:
    first, second, third, fourth = await submit(answering, 4)
    assert (await claim(answering, HERE)).id == first.id
    # Two others are idle: each takes one, and the one after those may be ready here.
    assert id_of(await ask(answering, HERE, Reach.READY)) == fourth.id
    assert id_of(await ask(answering, THERE, Reach.IDLE)) == second.id
    assert id_of(await ask(answering, ELSEWHERE, Reach.IDLE)) == third.id


async def test_what_no_idle_server_can_run_is_put_behind_what_runs(answering: Ledger) -> None:
    first, second = await submit(answering, 2)
    assert (await claim(answering, HERE)).id == first.id
    assert id_of(await ask(answering, HERE, Reach.READY, elsewhere=lambda *_: False)) == second.id


async def test_long_before_it_is_due_a_server_takes_only_what_no_other_could_run(answering: Ledger) -> None:
    first, second = await submit(answering, 2)
    assert (await claim(answering, HERE)).id == first.id
    assert (await claim(answering, THERE)).id == second.id
    (third,) = await submit(answering)
    assert await ask(answering, HERE, Reach.ONLY) is None
    await answering.servers.say(THERE, answering=False)
    await answering.servers.say(ELSEWHERE, answering=False)
    assert id_of(await ask(answering, HERE, Reach.ONLY)) == third.id


async def test_it_takes_nothing_past_an_earlier_job_that_others_can_run(answering: Ledger) -> None:
    await place(answering, order(1))
    await place(answering, order(2, workflow="video"))
    assert await ask(answering, HERE, Reach.ONLY, elsewhere=lambda _, workflow, __: workflow != "video") is None


async def test_what_a_server_has_already_is_its_own_whatever_else_waits(answering: Ledger) -> None:
    earlier, own = await submit(answering, 2)
    # Given back by a server that may have it still.
    for job in (await claim(answering, THERE), await claim(answering, HERE)):
        await answering.give_back(job, lost=job.id == earlier.id)
    assert id_of(await ask(answering, HERE, Reach.ONLY)) == own.id
    assert await ask(answering, HERE, Reach.ONLY) is None


# --- Asked back


async def test_an_idle_server_asks_for_what_is_ready_on_another(answering: Ledger) -> None:
    running, ready = await submit(answering, 2)
    await answering.begun(await claim(answering, HERE))
    assert (await claim(answering, HERE)).id == ready.id
    assert await ask(answering, THERE, Reach.IDLE) == Recall(ready.id)
    assert await ask(answering, THERE, Reach.READY) is None
    assert (await now(answering, running)).begun_at is not None


async def test_behind_what_is_ready_elsewhere_nothing_later_is_made_ready(answering: Ledger) -> None:
    await submit(answering, 1)
    await answering.begun(await claim(answering, HERE))
    ready, later = await submit(answering, 2)
    held = await claim(answering, HERE)
    assert held.id == ready.id
    assert await ask(answering, THERE, Reach.READY, elsewhere=lambda *_: False) is None
    await answering.begun(held)
    assert id_of(await ask(answering, THERE, Reach.READY, elsewhere=lambda *_: False)) == later.id


async def test_the_fair_order_decides_between_what_is_ready_elsewhere_and_what_waits(answering: Ledger) -> None:
    (_, ready) = await submit(answering, 2)
    await answering.begun(await claim(answering, HERE))
    await claim(answering, HERE)
    urgent = await place(answering, order(2), Allowance(lane=-1))
    later = await place(answering, order(3), Allowance(lane=1))
    assert id_of(await ask(answering, THERE, Reach.IDLE)) == urgent.id
    assert await ask(answering, ELSEWHERE, Reach.IDLE) == Recall(ready.id)
    refused = Claimant(answering.worker, ELSEWHERE, 15.0, reach=Reach.IDLE, asked_back=[ready.id])
    assert id_of(await answering.claim_for(refused)) == later.id


async def test_what_has_begun_or_is_alone_on_its_server_is_not_asked_for(answering: Ledger) -> None:
    await submit(answering, 2)
    first = await claim(answering, HERE)
    assert await ask(answering, THERE, Reach.IDLE) != Recall(first.id)
    for job in await answering.active_of(first.user_id):
        if job.state is JobState.QUEUED:
            await claim(answering, HERE)
    for job in await answering.active_of(first.user_id):
        await answering.begun(job)
    assert await ask(answering, ELSEWHERE, Reach.IDLE) is None


async def test_nor_is_what_the_asking_server_cannot_run_or_somebody_has_cancelled(answering: Ledger) -> None:
    await submit(answering)
    await answering.begun(await claim(answering, HERE))
    ready = await place(answering, order(2, workflow="video"))
    await claim(answering, HERE)
    without = Claimant(answering.worker, THERE, 15.0, beyond=["video"], reach=Reach.IDLE)
    assert await answering.claim_for(without) is None
    assert await ask(answering, THERE, Reach.IDLE) == Recall(ready.id)
    await answering.cancel(ready.id, by=2)
    assert await ask(answering, THERE, Reach.IDLE) is None


async def test_a_job_that_was_given_back_has_its_old_place_and_has_not_begun(
    answering: Ledger, ledger_url: str
) -> None:
    first, second, third = await submit(answering, 3)
    await answering.begun(await claim(answering, HERE))
    ready = await claim(answering, HERE)
    returned = await answering.give_back(ready, lost=False, unsent=True)
    assert returned is not None
    assert (returned.server, returned.begun_at, returned.losses) == (None, None, 0)
    assert id_of(await ask(answering, THERE, Reach.IDLE)) == second.id
    assert id_of(await ask(answering, ELSEWHERE, Reach.IDLE)) == third.id
    await pass_time(ledger_url, 0)
    assert (await now(answering, first)).state is JobState.RUNNING


async def test_asking_back_reaches_the_worker_in_its_own_process(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    with ledger.signals.recall(job.id) as asked, ledger.signals.recall("another") as other:
        await ledger.ask_back(job.id)
        assert asked.is_set()
        assert not other.is_set()


async def test_what_begins_is_written_down_once_and_by_its_claim_alone(opening: Opening) -> None:
    ledger = await opening()
    await submit(ledger)
    old = await claim(ledger)
    await ledger.give_back(old, lost=True)
    new = await claim(ledger)
    await ledger.begun(old)
    assert (await now(ledger, new)).begun_at is None
    await ledger.begun(new)
    begun_at = (await now(ledger, new)).begun_at
    await ledger.begun(new)
    assert (await now(ledger, new)).begun_at == begun_at is not None


async def test_how_long_such_jobs_take_on_a_server_is_known_from_that_server_alone(ledger: Ledger) -> None:
    await submit(ledger, 2)
    here, there = await claim(ledger, HERE), await claim(ledger, THERE)
    assert await ledger.usual_seconds(here) is None
    await ledger.finish(here, JobState.DONE, seconds=4.0)
    assert await ledger.usual_seconds(here) == 4.0
    assert await ledger.usual_seconds(there) is None


# --- Makes way


async def ready_behind(ledger: Ledger, user: int = 1) -> tuple[Job, Job]:
    """Two jobs of a flood: one runs, one is ready behind it."""
    await submit(ledger, 5, user)
    running = await claim(ledger, HERE)
    await ledger.begun(running)
    return running, await claim(ledger, HERE)


async def makes_way(ledger: Ledger, ready: Job, elsewhere: Elsewhere = anything, server: str = HERE) -> bool:
    claimant = Claimant(ledger.worker, server, ledger.lease_seconds, reach=Reach.READY, elsewhere=elsewhere)
    return await ledger.makes_way(claimant, ready)


async def test_what_is_ready_makes_way_for_another_members_job(ledger: Ledger) -> None:
    _, ready = await ready_behind(ledger)
    assert not await makes_way(ledger, ready), "what waits is the same member's, and later"
    (other,) = await submit(ledger, 1, 2)
    assert await makes_way(ledger, ready)
    await ledger.give_back(ready, lost=False, unsent=True, asked_back=True)
    held = await claim(ledger, HERE)
    assert held.id == other.id
    await submit(ledger, 1, 3)
    assert not await makes_way(ledger, held), "first come, first served"
    await ledger.begun(held)
    third = await claim(ledger, HERE)
    assert third.user_id == 3
    await ledger.begun(third)
    again = await claim(ledger, THERE)
    assert (again.id, again.returns) == (ready.id, 0), "it has its old place, and nothing failed"


async def test_what_has_begun_makes_no_way(ledger: Ledger) -> None:
    running, ready = await ready_behind(ledger)
    await ledger.begun(ready)
    await place(ledger, order(2), Allowance(lane=-1))
    assert not await makes_way(ledger, ready)
    assert not await makes_way(ledger, running)


async def test_it_makes_no_way_for_what_a_moderator_moves_to_the_front(ledger: Ledger) -> None:
    await submit(ledger, 1, 1)
    await ledger.begun(await claim(ledger, HERE))
    await submit(ledger, 1, 2)
    ready = await claim(ledger, HERE)
    for user in (3, 4, 5):
        (last,) = await submit(ledger, 1, user)
        await ledger.to_the_front(last.id, GUILD)
        assert not await makes_way(ledger, ready)


async def test_it_makes_no_way_for_a_job_that_no_worker_may_take_yet(ledger: Ledger) -> None:
    _, ready = await ready_behind(ledger)
    await ledger.submit(order(2))
    assert not await makes_way(ledger, ready), "its reply may be another program's"
    await place(ledger, order(3, workflow="video"))
    beyond = Claimant(ledger.worker, HERE, 15.0, beyond=["video"], reach=Reach.READY)
    assert not await ledger.makes_way(beyond, ready)


async def test_only_as_many_make_way_as_have_to(answering: Ledger) -> None:
    _, ready = await ready_behind(answering)
    for user, server, workflow in ((7, THERE, "long"), (8, ELSEWHERE, "other")):
        job = await place(answering, order(user, workflow=workflow))
        beyond = {"text_to_image", "long", "other"} - {workflow}
        busy = Claimant(answering.worker, server, 60.0, beyond=beyond, reach=Reach.IDLE)
        assert id_of(await answering.claim_for(busy)) == job.id
        await answering.begun(job)
    video = await place(answering, order(1, workflow="video"))
    only = Claimant(answering.worker, THERE, 60.0, beyond=["text_to_image"], reach=Reach.READY)
    later = await answering.claim_for(only)
    assert isinstance(later, Job)
    assert later.id == video.id
    await place(answering, order(2))
    assert not await makes_way(answering, ready), "what is ready on another server is later"
    assert await makes_way(answering, later, server=THERE)
    assert await makes_way(answering, ready, lambda *_: False)
    await answering.servers.say("idle", answering=True)
    assert not await makes_way(answering, ready, lambda url, *_: url == "idle")


# --- The choice itself


def candidates(models: Sequence[str]) -> list[Candidate]:
    return [Candidate(number, str(number), 0, 0.0, "any", "", one) for number, one in enumerate(models)]


@given(st.lists(st.sampled_from("abc"), max_size=6), st.integers(0, 4), st.sampled_from([None, "a", "b"]))
def test_an_idle_server_passes_by_only_what_others_begin_at_once(
    models: list[str], others: int, loaded: str | None
) -> None:
    found = candidates(models)[: others + 1]
    claimant = Claimant("", HERE, 1.0, loaded=loaded, reach=Reach.IDLE, elsewhere=anything)
    chosen = choose(found, [str(number) for number in range(others)], claimant)
    assert (chosen is None) == (not found)
    if chosen is not None:
        assert chosen.number <= others
        assert chosen.number == 0 or chosen.models == loaded
        assert loaded not in {one.models for one in found[: chosen.number]}


@given(st.lists(st.sampled_from("abc"), max_size=6), st.integers(0, 4))
def test_what_is_only_to_be_ready_is_what_idle_servers_leave(models: list[str], others: int) -> None:
    found = candidates(models)[: others + 1]
    claimant = Claimant("", HERE, 1.0, reach=Reach.READY, elsewhere=anything)
    chosen = choose(found, [str(number) for number in range(others)], claimant)
    assert (None if chosen is None else chosen.number) == (others if len(models) > others else None)
