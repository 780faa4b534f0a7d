"""Places, estimates and claims beside the work of others, on both databases."""

import uuid
from pathlib import Path

import pytest

from bot.ledger import Claimant, Job, Ledger, OverBudget, Reach, Recall, find_own_prompts, prompt_on_disk
from bot.ledger.queue.workload import level
from tests.ledger.orders import HERE, claim, now, order, place

ELSEWHERE = "http://elsewhere:8188"


async def here(ledger: Ledger, url: str = HERE, *, foreign: int = 0, seconds: float | None = None) -> None:
    await ledger.servers.say(url, answering=True)
    await ledger.servers.has_foreign(url, foreign, seconds)


async def claimed(ledger: Ledger, url: str, reach: Reach) -> Job | Recall | OverBudget | None:
    return await ledger.claim_for(
        Claimant(ledger.worker, url, ledger.lease_seconds, reach=reach, elsewhere=lambda *_: True)
    )


@pytest.mark.parametrize(
    ("seconds", "delays", "after"),
    [(10, [0, 0], 5), (10, [100, 0], 10), (10, [4, 0], 7), (0, [3, 5], 3), (0, [0], 0), (60, [10, 20, 1000], 45)],
)
def test_servers_join_in_once_they_are_free(seconds: float, delays: list[float], after: float) -> None:
    assert level(seconds, delays) == pytest.approx(after)


async def test_an_estimate_counts_what_others_have_queued(ledger: Ledger) -> None:
    await here(ledger, foreign=2, seconds=100.0)
    job, standing = await ledger.submit(order(1, guess=6.0))
    assert standing.foreign == 2
    assert standing.ready_at == pytest.approx(job.created_at + 106, abs=5)
    ((_, shown),) = await ledger.line(9)
    assert shown.foreign == 2
    assert shown.ready_at == pytest.approx(job.created_at + 106, abs=5)
    # A server without any is where it goes.
    await here(ledger, ELSEWHERE)
    ((_, shown),) = await ledger.line(9)
    assert shown.foreign == 0
    assert shown.ready_at == pytest.approx(job.created_at + 6, abs=5)


async def test_unknown_times_are_counted_as_nothing(ledger: Ledger) -> None:
    await here(ledger, foreign=3)
    job, standing = await ledger.submit(order(1, guess=6.0))
    assert standing.foreign == 3
    assert standing.ready_at == pytest.approx(job.created_at + 6, abs=5)
    overview = await ledger.overview()
    assert (overview.foreign, overview.foreign_first) == ({1: 3}, 3)


async def test_a_server_that_others_use_leaves_a_job_to_one_that_is_free(ledger: Ledger) -> None:
    await here(ledger, foreign=1)
    await here(ledger, ELSEWHERE)
    wanted = await place(ledger, order(1))
    assert await claimed(ledger, HERE, Reach.READY) is None
    found = await claimed(ledger, ELSEWHERE, Reach.IDLE)
    assert isinstance(found, Job)
    assert found.id == wanted.id


async def test_no_job_is_left_to_a_server_that_others_use(ledger: Ledger) -> None:
    await here(ledger, foreign=1)
    await here(ledger, ELSEWHERE, foreign=1)
    await place(ledger, order(1))
    assert isinstance(await claimed(ledger, HERE, Reach.READY), Job)


async def test_a_job_behind_others_is_asked_back_by_a_free_server_until_it_begins(ledger: Ledger) -> None:
    await here(ledger)
    await here(ledger, ELSEWHERE)
    await place(ledger, order(1))
    job = await claim(ledger)
    assert await claimed(ledger, ELSEWHERE, Reach.IDLE) is None
    await ledger.waits_behind(job, 2)
    assert (await now(ledger, job)).foreign_ahead == 2
    assert await claimed(ledger, ELSEWHERE, Reach.IDLE) == Recall(job.id)
    await ledger.begun(job)
    assert (await now(ledger, job)).foreign_ahead == 0
    assert await claimed(ledger, ELSEWHERE, Reach.IDLE) is None
    await ledger.waits_behind(job, 2)
    assert (await now(ledger, job)).foreign_ahead == 0, "it has begun"


async def test_what_is_ready_before_work_of_others_makes_no_way(ledger: Ledger) -> None:
    await here(ledger)
    for _ in range(3):
        await place(ledger, order(1))
    await ledger.begun(await claim(ledger))
    ready = await claim(ledger)
    await place(ledger, order(2))
    claimant = Claimant(ledger.worker, HERE, ledger.lease_seconds, reach=Reach.READY)
    await ledger.servers.has_foreign(HERE, 1, None)
    assert not await ledger.makes_way(claimant, ready)
    await ledger.servers.has_foreign(HERE, 0, None)
    ledger.signals.ring()
    assert await ledger.makes_way(claimant, ready)


async def test_prompts_of_every_life_of_a_job_are_ours(ledger: Ledger, ledger_url: str) -> None:
    await place(ledger, order(1))
    job = await claim(ledger)
    await ledger.stopped(job)
    later = await now(ledger, job)
    ours = frozenset((job.id, later.prompt_id, prompt_on_disk(job.id), prompt_on_disk(later.prompt_id)))
    assert len(ours) == 4
    others = ["\0", "\udc00", "6", "00000000-0000-4000-8000-000000000000", job.id.upper()]
    assert await ledger.own_prompts([*ours, *others]) == ours
    assert (
        await ledger.own_prompts([f"{number:08x}-0000-4000-8000-000000000000" for number in range(1200)]) == frozenset()
    )
    assert await find_own_prompts(ledger_url, [*ours, "6"]) == ours, "the doctor asks, too"


async def test_a_database_that_has_no_jobs_cannot_tell(tmp_path: Path) -> None:
    nowhere = tmp_path / "none.db"
    assert await find_own_prompts(f"sqlite+aiosqlite:///{nowhere}", [str(uuid.uuid4())]) is None
    assert not nowhere.exists()
