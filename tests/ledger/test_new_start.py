"""A new start: what was running goes on where it was, what was kept is the same."""

from pathlib import Path

from bot.ledger import JobState, Ledger, open_ledger
from tests.ledger.orders import HERE, MODERATOR, THERE, claim, claims, now, submit, url_of


async def test_what_was_running_waits_for_the_server_that_has_it(ledger: Ledger) -> None:
    first, second = await submit(ledger, 2)
    await claim(ledger, HERE)
    assert await ledger.recover([HERE, THERE]) == 1
    assert (await now(ledger, first)).state is JobState.QUEUED
    assert await claims(ledger, THERE) == [second.id]
    again = await claim(ledger, HERE)
    assert (again.id, again.epoch, again.losses) == (first.id, 2, 0)


async def test_a_claim_from_before_the_start_changes_nothing(ledger: Ledger) -> None:
    await submit(ledger)
    old = await claim(ledger)
    await ledger.recover([HERE])
    assert await ledger.finish(old, JobState.DONE) is None
    await claim(ledger)
    assert await ledger.finish(old, JobState.DONE) is None


async def test_a_job_of_a_server_that_is_gone_may_go_to_any(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    await claim(ledger, HERE)
    assert await ledger.recover([THERE]) == 1
    assert await claims(ledger, THERE) == [job.id]


async def test_a_job_that_waited_for_its_server_at_an_earlier_start_is_freed_as_well(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    await claim(ledger, HERE)
    await ledger.recover([HERE])
    assert await ledger.recover([THERE]) == 0
    assert await claims(ledger, THERE) == [job.id]


async def test_a_start_changes_nothing_else(ledger: Ledger) -> None:
    done, waiting = await submit(ledger, 2)
    await ledger.finish(await claim(ledger), JobState.DONE)
    before = [await now(ledger, job) for job in (done, waiting)]
    for servers in ([HERE], [THERE], []):
        assert await ledger.recover(servers) == 0
    assert [await now(ledger, job) for job in (done, waiting)] == before


async def test_a_ledger_is_the_same_after_it_was_closed(tmp_path: Path) -> None:
    ledger = await open_ledger(url_of(tmp_path))
    jobs = await submit(ledger, 6)
    await ledger.acknowledged(jobs[0].id, 400)
    await ledger.finish(await claim(ledger), JobState.DONE)
    await ledger.finish(await claim(ledger), JobState.FAILED, "no memory")
    await ledger.give_back(await claim(ledger), lost=True)
    await ledger.cancel(jobs[3].id, by=MODERATOR)
    before = [await now(ledger, job) for job in jobs]
    await ledger.close()

    again = await open_ledger(url_of(tmp_path))
    assert [await now(again, job) for job in jobs] == before
    (later,) = await submit(again)
    assert later.number > jobs[-1].number
    await again.close()


async def test_a_ledger_makes_its_folder(tmp_path: Path) -> None:
    ledger = await open_ledger(url_of(tmp_path / "a" / "b"))
    await submit(ledger)
    await ledger.close()
    assert (tmp_path / "a" / "b" / "ledger.db").is_file()
