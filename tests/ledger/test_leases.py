"""Leases: a silent worker is replaced, one that wakes up late is fenced off; and what a new start finds."""

import asyncio
import sys
from pathlib import Path

from bot.ledger import JobState, Ledger, open_ledger
from tests.ledger.conftest import Opening
from tests.ledger.orders import HERE, THERE, claim, claims, now, order, pass_time, submit, url_of
from tests.programs import ROOT
from tests.waiting import until


async def test_a_lease_that_was_not_renewed_is_taken_over_on_the_same_server(opening: Opening, ledger_url: str) -> None:
    dead, alive = await opening(15), await opening(15)
    first, second = await submit(dead, 2)
    old = await claim(dead)
    await pass_time(ledger_url, 16)
    taken = await claim(alive)
    assert (taken.id, taken.epoch, taken.takeovers, taken.losses) == (first.id, old.epoch + 1, old.takeovers + 1, 0)
    assert (await claim(alive)).id == second.id
    assert await dead.finish(old, JobState.DONE) is None
    assert await dead.give_back(old, lost=True) is None
    assert await dead.renew() == {}
    assert await now(alive, first) == taken


async def test_another_server_waits_longer_since_the_job_may_still_run_on_its_own(
    opening: Opening, ledger_url: str
) -> None:
    ledger = await opening(15)
    await submit(ledger)
    job = await claim(ledger, HERE)
    await pass_time(ledger_url, 60)
    assert await ledger.claim(THERE) is None
    await pass_time(ledger_url, 16)
    taken = await claim(ledger, THERE)
    assert (taken.id, taken.server, taken.takeovers) == (job.id, THERE, 1)


async def test_a_lease_that_is_renewed_is_kept(opening: Opening, ledger_url: str) -> None:
    ledger, other = await opening(15), await opening(15)
    await submit(ledger)
    job = await claim(ledger)
    for _ in range(3):
        await pass_time(ledger_url, 10)
        assert await ledger.renew() == {job.id: (1, False)}
        assert await other.claim(HERE) is None
    assert await other.renew() == {}
    assert await ledger.finish(job, JobState.DONE) is not None


async def test_a_short_lease_runs_out_by_itself(opening: Opening) -> None:
    dead, alive = await opening(0.2), await opening()
    (job,) = await submit(dead)
    await claim(dead)
    taken: list[str] = []

    async def takes_over() -> bool:
        taken.extend(await claims(alive))
        return bool(taken)

    await until(takes_over)
    assert taken == [job.id]


async def test_within_one_process_no_lease_runs_out(tmp_path: Path) -> None:
    ledger = await open_ledger(url_of(tmp_path))
    await submit(ledger)
    await claim(ledger)
    await pass_time(url_of(tmp_path), 30 * 86400)
    assert await ledger.claim(HERE) is None
    await ledger.close()


async def test_what_was_handed_over_waits_for_its_server_at_its_old_place(opening: Opening) -> None:
    leaving, staying = await opening(), await opening()
    first, second, third = await submit(leaving, 3)
    old = await claim(leaving)
    kept = await claim(staying)
    await leaving.hand_over()
    assert (await now(staying, first)).state is JobState.QUEUED
    assert await now(staying, second) == kept
    assert await claims(staying, THERE) == [third.id]
    again = await claim(staying, HERE)
    assert (again.id, again.epoch, again.losses, again.takeovers) == (first.id, 2, 0, 0)
    assert await leaving.finish(old, JobState.DONE) is None


# --- A new start of the only process


async def test_what_was_running_waits_for_the_server_that_has_it(ledger: Ledger) -> None:
    first, second = await submit(ledger, 2)
    await claim(ledger, HERE)
    assert await ledger.recover([HERE, THERE]) == 1
    assert await claims(ledger, THERE) == [second.id]
    again = await claim(ledger, HERE)
    assert (again.id, again.epoch, again.losses, again.takeovers) == (first.id, 2, 0, 1)


async def test_a_claim_from_before_the_start_changes_nothing(ledger: Ledger) -> None:
    await submit(ledger)
    old = await claim(ledger)
    await ledger.recover([HERE])
    again = await claim(ledger)
    assert await ledger.finish(old, JobState.DONE) is None
    assert await now(ledger, old) == again


async def test_a_job_of_a_server_that_is_gone_may_go_to_any(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    await claim(ledger, HERE)
    assert await ledger.recover([THERE]) == 1
    assert await claims(ledger, THERE) == [job.id]


async def test_a_job_that_waits_for_a_server_that_is_gone_is_freed_as_well(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    await ledger.give_back(await claim(ledger, HERE), lost=False)
    assert await ledger.recover([THERE]) == 0
    assert await claims(ledger, THERE) == [job.id]


async def test_a_start_changes_nothing_else(ledger: Ledger) -> None:
    done, waiting = await submit(ledger, 2)
    await ledger.finish(await claim(ledger), JobState.DONE)
    before = [await now(ledger, job) for job in (done, waiting)]
    for servers in ([HERE], [THERE], []):
        assert await ledger.recover(servers) == 0
    assert [await now(ledger, job) for job in (done, waiting)] == before


async def test_an_accepted_order_survives_a_kill(ledger_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.ledger.submitting",
        ledger_url,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        accepted = [await process.stdout.readline() for _ in range(5)]
    process.kill()
    accepted += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    # The kill may have cut the last line short.
    ids = [line.decode().strip() for line in accepted if line.endswith(b"\n")]
    assert len(ids) >= 5

    ledger = await open_ledger(ledger_url)
    jobs = [await ledger.job(job_id) for job_id in ids]
    assert all(job is not None and job.state is JobState.QUEUED for job in jobs)
    await ledger.submit(order())
    await ledger.close()
