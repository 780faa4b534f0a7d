"""What a job takes is learned from what jobs like it took, and one that hung teaches nothing."""

from typing import Any

import pytest

from bot.ledger import JobState, Ledger
from tests.ledger.orders import HERE, THERE, claim, look, order, place


async def run(ledger: Ledger, seconds: float, server: str = HERE, **like: Any) -> None:  # noqa: ANN401 - an order's fields
    """One job from its order to its end."""
    await place(ledger, order(**like))
    await ledger.finish(await claim(ledger, server), JobState.DONE, seconds=seconds)


async def expected(ledger: Ledger, **like: Any) -> float:  # noqa: ANN401 - an order's fields
    """What a job like this is thought to take."""
    job, _ = await ledger.submit(order(**like))
    await ledger.cancel(job.id, by=1)
    return job.cost


async def test_before_anybody_measured_the_first_guess_counts(ledger: Ledger) -> None:
    assert await expected(ledger, guess=42.0) == 42.0


async def test_one_run_replaces_the_guess(ledger: Ledger) -> None:
    await run(ledger, 7.0)
    assert await expected(ledger, guess=42.0) == 7.0


async def test_a_run_that_hung_changes_little(ledger: Ledger) -> None:
    for seconds in (5.0, 6.0, 3600.0):
        await run(ledger, seconds)
    assert await expected(ledger) == 6.0


async def test_old_runs_are_forgotten(ledger: Ledger, ledger_url: str) -> None:
    for seconds in [5.0] * 8 + [50.0] * 8:
        await run(ledger, seconds)
    assert await expected(ledger) == 50.0
    assert len(await look(ledger_url, "SELECT * FROM costs")) == 2


async def test_workflows_and_sizes_are_learned_each_for_itself(ledger: Ledger) -> None:
    await run(ledger, 5.0)
    await run(ledger, 500.0, workflow="video")
    await run(ledger, 20.0, size_class=2)
    assert await expected(ledger) == 5.0
    assert await expected(ledger, workflow="video") == 500.0
    assert await expected(ledger, size_class=2) == 20.0
    assert await expected(ledger, size_class=3, guess=9.0) == 9.0


async def test_before_a_server_is_chosen_all_count_together(ledger: Ledger) -> None:
    for server, seconds in ((HERE, 2.0), (THERE, 8.0)):
        await run(ledger, seconds, server)
    assert await expected(ledger) == 5.0


async def test_servers_that_work_are_counted_by_what_each_makes(ledger: Ledger) -> None:
    # The fast one makes most of them, which says nothing about what both together make in a minute.
    for server, seconds in ((HERE, 2.0), (HERE, 2.0), (HERE, 2.0), (THERE, 8.0)):
        await run(ledger, seconds, server)
    for server in (HERE, THERE):
        await ledger.servers.say(server, answering=True)
    # In eight seconds they make five: 16 s of work for two.
    assert await expected(ledger) == pytest.approx(16 / 5)
    await ledger.servers.say(HERE, answering=False)
    assert await expected(ledger) == 8.0


async def test_a_server_that_never_made_one_says_nothing_about_it(ledger: Ledger) -> None:
    await run(ledger, 6.0, HERE)
    for server in (HERE, THERE):
        await ledger.servers.say(server, answering=True)
    assert await expected(ledger) == 6.0


async def test_what_runs_is_counted_by_its_own_server(ledger: Ledger) -> None:
    for server, seconds in ((HERE, 2000.0), (THERE, 8000.0)):
        await run(ledger, seconds, server)
    await ledger.servers.say(THERE, answering=True)
    await place(ledger, order(2))
    assert (await claim(ledger, THERE)).cost == 8000.0
    await ledger.servers.say(HERE, answering=True)
    await place(ledger, order(3))
    running = await claim(ledger, HERE)
    assert running.cost == pytest.approx(3200.0)
    assert running.started_at is not None
    _, standing = await ledger.submit(order(4, workflow="new", guess=6.0))
    # What is left on the server that is free first, and its own.
    assert standing.ready_at == pytest.approx(running.started_at + 2000 + 6, abs=30)


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
async def test_an_end_without_a_measure_teaches_nothing(ledger: Ledger, state: JobState) -> None:
    await place(ledger, order())
    await ledger.finish(await claim(ledger), state)
    assert await expected(ledger, guess=42.0) == 42.0


async def test_an_end_that_did_not_count_teaches_nothing(ledger: Ledger) -> None:
    await place(ledger, order())
    job = await claim(ledger)
    await ledger.give_back(job, lost=True)
    await ledger.finish(job, JobState.DONE, seconds=1.0)
    assert await expected(ledger, guess=42.0) == 42.0


async def test_no_job_is_free(ledger: Ledger) -> None:
    await run(ledger, 0.0)
    assert await expected(ledger) > 0
