"""When a job should be ready, where servers differ in what they can run."""

import pytest

from bot.ledger import Ledger
from bot.ledger.queue.workload import ServerLoad, Workload
from tests.ledger.orders import HERE, THERE, claim, order, place

SHARED, OWN = "text_to_image", "only_here"


def able(url: str, workflow: str, needs: str) -> bool:
    """`HERE` runs everything, `THERE` neither `OWN` nor what needs anything."""
    return url == HERE or (workflow == SHARED and not needs)


@pytest.fixture
async def both(ledger: Ledger) -> Ledger:
    for server in (HERE, THERE):
        await ledger.servers.say(server, answering=True)
    ledger.abilities.takes = able
    return ledger


async def test_a_server_that_cannot_run_a_job_does_not_bring_it_nearer(both: Ledger) -> None:
    await place(both, order(1, guess=1000.0, workflow=OWN))
    job, standing = await both.submit(order(2, guess=10.0, workflow=OWN))
    assert standing.ready_at == pytest.approx(job.created_at + 1010, abs=60)
    shown = {one.id: its for one, its in await both.line(9)}
    assert shown[job.id].ready_at == pytest.approx(standing.ready_at, abs=60)
    # The other server has nothing to do.
    job, standing = await both.submit(order(3, guess=10.0, workflow=SHARED))
    assert standing.ready_at == pytest.approx(job.created_at + 10, abs=60)


async def test_what_a_member_chose_counts_as_well(both: Ledger) -> None:
    await place(both, order(1, guess=1000.0, needs="a model"))
    job, standing = await both.submit(order(2, guess=10.0, needs="a model"))
    assert standing.ready_at == pytest.approx(job.created_at + 1010, abs=60)


async def test_what_runs_keeps_its_own_server_busy(both: Ledger) -> None:
    await place(both, order(1, guess=1000.0))
    await both.begun(await claim(both, HERE))
    job, standing = await both.submit(order(2, guess=10.0, workflow=OWN))
    assert standing.ready_at == pytest.approx(job.created_at + 1010, abs=60)
    job, standing = await both.submit(order(3, guess=10.0, workflow=SHARED))
    assert standing.ready_at == pytest.approx(job.created_at + 10, abs=60)


async def test_there_is_no_estimate_while_no_server_can_run_it(both: Ledger) -> None:
    await both.servers.say(HERE, answering=False)
    _, standing = await both.submit(order(1, workflow=OWN))
    assert standing.ready_at is None
    job, standing = await both.submit(order(2, guess=10.0, workflow=SHARED))
    assert standing.ready_at == pytest.approx(job.created_at + 10, abs=60), "the one that nobody can run delays nobody"


async def test_among_several_guilds_it_is_the_same(both: Ledger) -> None:
    await place(both, order(1, guess=1000.0, workflow=OWN, guild_id=1))
    job, standing = await both.submit(order(2, guess=10.0, workflow=OWN, guild_id=2))
    shown = {one.id: its for one, its in await both.line(9)}
    assert shown[job.id].ready_at == pytest.approx(standing.ready_at, abs=60)
    assert max(its.ready_at or 0.0 for its in shown.values()) == pytest.approx(job.created_at + 1010, abs=60)


async def test_only_prompts_of_others_on_servers_that_can_run_it_come_first(both: Ledger) -> None:
    await both.servers.has_foreign(HERE, 2, 100.0)
    _, standing = await both.submit(order(1, workflow=OWN))
    assert standing.foreign == 2
    _, standing = await both.submit(order(2, workflow=SHARED))
    assert standing.foreign == 0


@pytest.mark.parametrize(
    ("busy", "waiting", "after"),
    [
        ([0, 0], [], 0),
        ([0, 0], [(OWN, 30)], 30),
        ([0, 0], [(SHARED, 30)], 15),
        ([0, 0], [(SHARED, 30), (OWN, 30)], 30),
        ([0, 0], [(SHARED, 50), (OWN, 30)], 40),
        ([0, 100], [(SHARED, 30)], 30),
        ([100, 0], [(SHARED, 30)], 100),
    ],
)
def test_work_goes_to_the_servers_that_are_free_soonest(
    busy: list[float], waiting: list[tuple[str, float]], after: float
) -> None:
    servers = [ServerLoad(url, seconds) for url, seconds in zip((HERE, THERE), busy, strict=True)]
    workload = Workload(1000.0, servers, able)
    for workflow, seconds in waiting:
        workload.add(workflow, "", seconds)
    assert workload.ready_at(OWN, "", 5.0) == pytest.approx(1000 + after + 5)
