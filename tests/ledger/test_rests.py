"""Servers that rest: everybody knows, nothing is promised, and a sleeping one is wanted when somebody waits."""

import asyncio
from collections.abc import Collection
from typing import Any

import pytest

from bot.ledger import ALL, ASLEEP, BUSY, PAUSED, QUIET, KnownServer, Ledger, Pause, Reach, Rest, Sleepy
from bot.ledger.candidates import Claimant
from tests.ledger.conftest import Opening
from tests.ledger.orders import HERE, THERE, look, submit

PACK = "text_to_image"


async def test_a_pause_is_known_to_all_and_outlives_a_restart(opening: Opening) -> None:
    gateway, worker = await opening(), await opening()
    assert await worker.pauses.of(HERE) == ()
    await gateway.pauses.pause(HERE, 7, None)
    await gateway.pauses.pause(ALL, 8, 1.9e9)
    later = await opening()
    assert set(await later.pauses.of(HERE)) == {Pause(7), Pause(8, 1.9e9)}
    assert await later.pauses.of(THERE) == (Pause(8, 1.9e9),)
    await later.pauses.pause(HERE, 9, 2e9)
    assert Pause(9, 2e9) in await later.pauses.of(HERE), "the newest counts"
    assert not await later.pauses.resume(THERE)
    assert await later.pauses.resume(ALL)
    assert await later.pauses.of(HERE) == ()
    await later.pauses.pause(ALL, 8, 100.0)
    assert await later.pauses.of(HERE) == (), "it is over"
    assert not await later.pauses.resume(ALL)


async def test_a_server_that_rests_promises_nothing_and_is_offered_nothing(opening: Opening) -> None:
    worker, gateway = await opening(), await opening()
    for url in (HERE, THERE):
        await worker.servers.say(url, answering=True)
    await worker.servers.rests(HERE, Rest(QUIET, 2e9))
    (job,) = await submit(gateway)
    ((_, standing),) = await gateway.line(10)
    assert standing.ready_at is not None, "there is another one"
    await worker.servers.rests(THERE, Rest(BUSY))
    # What else is said of a server does not end its rest.
    await worker.servers.say(THERE, answering=True)
    ((_, standing),) = await gateway.line(10)
    assert standing.ready_at is None
    here, there = await gateway.servers.known()
    assert here == KnownServer(HERE, True, None, rest=Rest(QUIET, 2e9))
    assert not here.works
    assert not there.works
    overview = await gateway.overview()
    assert (overview.rest, overview.resting, overview.away) == (Rest(QUIET, 2e9), 2, False)
    # It begins nothing, but finds what it may have from before.
    resting = Claimant(worker.worker, HERE, 60, reach=Reach.OWN)
    assert await worker.claim_for(resting) is None
    await worker.servers.rests(HERE, None)
    claimed = await worker.claim(HERE)
    assert claimed is not None
    assert claimed.id == job.id
    await worker.hand_over()
    found = await worker.claim_for(resting)
    assert found is not None


async def test_a_prompt_that_was_stopped_is_not_asked_for_again(ledger: Ledger) -> None:
    await submit(ledger)
    first = await ledger.claim(HERE)
    assert first is not None
    assert first.prompt_id == first.id
    await ledger.stopped(first)
    await ledger.give_back(first, lost=False, unsent=True, asked_back=True)
    again = await ledger.claim(HERE)
    assert again is not None
    assert (again.id, again.stops, again.returns, again.losses) == (first.id, 1, 0, 0)
    assert again.prompt_id != first.prompt_id
    # A claim that is over changes nothing.
    await ledger.stopped(first)
    known = await ledger.job(first.id)
    assert known is not None
    assert known.stops == 1


def sleeper(ledger: Ledger, server: str, able: Collection[str] = (HERE, THERE), **more: Any) -> Claimant:  # noqa: ANN401 - fields
    """Who asks for a sleeping server, and which servers are known to be able to run everything."""
    return Claimant(ledger.worker, server, 60, elsewhere=lambda url, *_: url in able, **more)


ASLEEP_NOW, AWAKE_NOW = Sleepy(0.0, lambda _: True), Sleepy(20.0, lambda _: True)
ELSEWHERE = "http://127.0.0.1:8190"


async def test_a_sleeping_server_is_wanted_when_nobody_else_will_do_it(opening: Opening) -> None:
    ledger = await opening()
    await ledger.servers.say(HERE, answering=True)
    await ledger.servers.say(THERE, answering=False, trouble=ASLEEP)
    there = sleeper(ledger, THERE)
    assert not await ledger.is_wanted(there, ASLEEP_NOW)
    (job, _) = await submit(ledger, 2)
    assert await ledger.is_wanted(there, ASLEEP_NOW), "two wait, and one server is idle"
    assert not await ledger.is_wanted(sleeper(ledger, THERE, beyond={PACK}), ASLEEP_NOW)
    await ledger.cancel(job.id, by=1)
    assert not await ledger.is_wanted(there, ASLEEP_NOW), "the other one takes it in a moment"
    assert await ledger.is_wanted(sleeper(ledger, THERE, able=()), ASLEEP_NOW), "the other one cannot run it"
    await ledger.servers.rests(HERE, Rest(PAUSED))
    assert await ledger.is_wanted(there, ASLEEP_NOW)


@pytest.mark.parametrize("known", [True, False])
async def test_each_waiting_job_wakes_one_machine(opening: Opening, ledger_url: str, *, known: bool) -> None:
    workers = [await opening() for _ in range(3)]
    urls = HERE, THERE, ELSEWHERE
    for worker, url in zip(workers, urls, strict=True):
        await worker.servers.say(url, answering=False, trouble=ASLEEP)

    async def woken() -> list[str]:
        asked = zip(workers, urls, strict=True)
        answers = await asyncio.gather(
            *(
                worker.is_wanted(sleeper(worker, url, urls if known else ()), Sleepy(0.0, lambda _: known))
                for worker, url in asked
            )
        )
        return [url for url, wanted in zip(urls, answers, strict=True) if wanted]

    jobs = [*await submit(workers[0])]
    first = await woken()
    assert len(first) == 1
    assert await woken() == first, "however often they ask"
    jobs += await submit(workers[0])
    second = await woken()
    assert len(second) == 2
    assert first[0] in second
    # One that does not wake up in its time: the next one.
    await look(ledger_url, f"UPDATE servers SET woken_until = 1 WHERE url = '{first[0]}'")  # noqa: S608
    assert set(await woken()) == set(urls), "and the first is still called"
    await workers[0].cancel(jobs[0].id, by=1)
    await workers[0].cancel(jobs[1].id, by=1)
    assert await woken() == []
    await submit(workers[0])
    assert len(await woken()) == 1, "all of them may be woken again"


async def test_a_machine_that_is_awake_serves_before_one_is_woken(opening: Opening, ledger_url: str) -> None:
    ledger = await opening()
    for url in (HERE, THERE):
        await ledger.servers.say(url, answering=True)
    assert not await ledger.is_wanted(sleeper(ledger, HERE), AWAKE_NOW)
    assert not await ledger.is_wanted(sleeper(ledger, THERE), ASLEEP_NOW)
    await submit(ledger)
    assert not await ledger.is_wanted(sleeper(ledger, THERE), ASLEEP_NOW)
    assert await ledger.is_wanted(sleeper(ledger, HERE), AWAKE_NOW)
    # Both have been left alone for so long that nobody knows.
    await look(ledger_url, "UPDATE servers SET dozes_at = 1")
    wanted = [await ledger.is_wanted(sleeper(ledger, url), ASLEEP_NOW) for url in (THERE, HERE)]
    assert wanted == [True, False]


async def test_a_machine_that_can_run_it_is_woken_rather_than_a_stranger(opening: Opening, ledger_url: str) -> None:
    ledger = await opening()
    for url in (HERE, THERE):
        await ledger.servers.say(url, answering=False, trouble=ASLEEP)
    await submit(ledger)
    here, there = sleeper(ledger, HERE, able=[THERE]), sleeper(ledger, THERE, able=[THERE])
    knows = Sleepy(0.0, lambda url: url == THERE)
    assert not await ledger.is_wanted(here, knows)
    assert await ledger.is_wanted(there, knows)
    await look(ledger_url, "UPDATE servers SET woken_until = 1")
    assert await ledger.is_wanted(here, knows), "the known one does not wake up"
