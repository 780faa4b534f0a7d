"""Servers that rest: everybody knows, nothing is promised, and a sleeping one is wanted when somebody waits."""

from bot.ledger import ALL, BUSY, PAUSED, QUIET, KnownServer, Ledger, Pause, Reach, Rest
from bot.ledger.queue.scheduling import Claimant
from tests.ledger.conftest import Opening
from tests.ledger.orders import HERE, THERE, submit

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


async def test_a_sleeping_server_is_wanted_when_nobody_else_will_do_it(opening: Opening) -> None:
    ledger = await opening()
    await ledger.servers.say(HERE, answering=True)
    await ledger.servers.say(THERE, answering=False)
    assert not await ledger.is_wanted(THERE, ())
    (job, _) = await submit(ledger, 2)
    assert await ledger.is_wanted(THERE, ()), "two wait, and one server is idle"
    assert not await ledger.is_wanted(THERE, {PACK})
    await ledger.cancel(job.id, by=1)
    assert not await ledger.is_wanted(THERE, ()), "the other one takes it in a moment"
    await ledger.servers.rests(HERE, Rest(PAUSED))
    assert await ledger.is_wanted(THERE, ())
