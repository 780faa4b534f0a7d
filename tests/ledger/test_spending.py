"""What jobs cost is booked with their end, and no claim passes the month's budget."""

import asyncio
import contextlib
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.ledger import Bill, Job, JobState, Ledger, OverBudget, Purse, Reach, open_ledger
from bot.ledger.candidates import Claimant
from bot.ledger.spending.months import month_of, next_month
from tests.ledger.conftest import Opening
from tests.ledger.orders import GUILD, HERE, THERE, look, now, order, pass_time, place, submit

PRICE = Decimal("0.1")
"""For a second, in money. Jobs are guessed to take 10 s: 1.0, or a million millionths."""
GUESS = 1_000_000


def paid(ledger: Ledger, server: str = HERE, limit: int | None = None, reach: Reach = Reach.READY) -> Claimant:
    return Claimant(ledger.worker, server, 60, purse=Purse(PRICE, limit), reach=reach)


async def begin(ledger: Ledger, claimant: Claimant) -> Job:
    found = await ledger.claim_for(claimant)
    assert isinstance(found, Job), found
    await ledger.begun(found)
    return found


async def end(ledger: Ledger, job: Job, cost: int | None, state: JobState = JobState.DONE, seconds: float = 10) -> None:
    with ledger.bills.measuring(job.id, lambda: Bill(cost)):
        await ledger.finish(job, state, seconds=seconds if state is JobState.DONE else None)


async def learned(ledger: Ledger, server: str = HERE) -> None:
    """Such a job has run on the server, for 10 s."""
    (job,) = await submit(ledger)
    claimed = await begin(ledger, paid(ledger, server))
    assert claimed.id == job.id
    await end(ledger, claimed, 0)


async def test_a_bill_takes_the_place_of_what_was_reserved(ledger: Ledger) -> None:
    await submit(ledger)
    job = await begin(ledger, paid(ledger))
    assert (job.reserved, job.charged) == (GUESS, None)
    assert (await ledger.spending.month()).reserved == GUESS
    await end(ledger, job, 1234, JobState.FAILED)
    ended = await now(ledger, job)
    assert (ended.reserved, ended.charged) == (None, 1234)
    month = await ledger.spending.month()
    assert (month.total.runs, month.total.cost, month.reserved) == (1, 1234, 0)
    assert month.guilds[GUILD] == month.servers[HERE] == month.workflows[job.workflow] == month.total
    # A claim that is over is not billed again.
    await ledger.finish(replace(job, epoch=0), JobState.DONE)
    assert (await ledger.spending.month()).total == month.total


async def test_what_nobody_can_tell_costs_what_was_reserved(ledger: Ledger) -> None:
    await submit(ledger)
    await end(ledger, await begin(ledger, paid(ledger)), None, JobState.FAILED)
    assert (await ledger.spending.month()).total.cost == GUESS


async def test_a_free_server_costs_nothing(ledger: Ledger) -> None:
    await submit(ledger)
    job = await ledger.claim(HERE)
    assert job is not None
    assert job.reserved is None
    await end(ledger, job, 0)
    assert (await ledger.spending.month()).total.runs == 0


async def test_costs_outlive_jobs_and_what_was_deleted_of_their_members(ledger: Ledger, ledger_url: str) -> None:
    await submit(ledger)
    await end(ledger, await begin(ledger, paid(ledger)), 7)
    await pass_time(ledger_url, 86_400 * 2)
    assert await ledger.prune(1)
    assert (await ledger.spending.month()).total.cost == 7


async def test_a_job_that_its_server_may_still_have_stays_reserved_until_it_is_known(ledger: Ledger) -> None:
    await submit(ledger)
    job = await begin(ledger, paid(ledger))
    await ledger.give_back(job, lost=False)
    assert (await ledger.spending.month()).reserved == GUESS
    # Even with nothing left, it is looked after where it runs.
    again = await begin(ledger, paid(ledger, limit=1))
    assert (again.id, again.reserved) == (job.id, GUESS)
    await end(ledger, again, 5)
    assert (await ledger.spending.month()).total.cost == 5


async def test_a_job_that_is_cancelled_while_its_server_may_run_it_counts(ledger: Ledger) -> None:
    await submit(ledger)
    job = await begin(ledger, paid(ledger))
    await ledger.give_back(job, lost=False)
    await ledger.servers.say(HERE, answering=False)
    await ledger.cancel(job.id, by=1)
    assert (await ledger.spending.month()).reserved == GUESS, "no gap in between"
    await ledger.spending.spent(None)
    await ledger.spending.spent(None)
    month = await ledger.spending.month()
    assert (month.total.cost, month.total.runs, month.reserved) == (GUESS, 1, 0)
    assert (await now(ledger, job)).charged == GUESS


async def test_another_server_that_takes_it_leaves_the_first_run_paid(ledger: Ledger, ledger_url: str) -> None:
    await submit(ledger)
    job = await begin(ledger, paid(ledger))
    await ledger.give_back(job, lost=False)
    await pass_time(ledger_url, 120)
    moved = await begin(ledger, paid(ledger, THERE))
    assert (await now(ledger, moved)).charged == GUESS
    await end(ledger, moved, 3)
    month = await ledger.spending.month()
    assert {server: one.cost for server, one in month.servers.items()} == {HERE: GUESS, THERE: 3}


async def test_nothing_starts_that_would_pass_the_limit(ledger: Ledger) -> None:
    await learned(ledger)
    limit = 5 * GUESS // 2
    await submit(ledger, 4)
    first, second = await begin(ledger, paid(ledger, limit=limit)), await begin(ledger, paid(ledger, limit=limit))
    # What runs may turn out to be cheaper, so nothing is said of the month yet.
    assert await ledger.claim_for(paid(ledger, limit=limit)) is None
    await end(ledger, first, GUESS)
    assert await ledger.claim_for(paid(ledger, limit=limit)) is None
    await end(ledger, second, GUESS)
    over = await ledger.claim_for(paid(ledger, limit=limit))
    assert isinstance(over, OverBudget)
    (clock, _) = await ledger.clock()
    assert (over.until, over.cost) == (next_month(clock), GUESS)
    # Free servers serve as always, and so does a higher limit.
    assert await ledger.claim(THERE) is not None
    assert isinstance(await ledger.claim_for(paid(ledger, limit=limit + GUESS)), Job)


async def test_a_job_that_turned_out_cheaper_leaves_room(ledger: Ledger) -> None:
    await learned(ledger)
    await submit(ledger, 2)
    first = await begin(ledger, paid(ledger, limit=GUESS))
    assert await ledger.claim_for(paid(ledger, limit=GUESS)) is None
    await end(ledger, first, 0)
    assert isinstance(await ledger.claim_for(paid(ledger, limit=GUESS)), Job)


async def test_a_job_that_nobody_has_measured_runs_alone_on_what_is_left(ledger: Ledger) -> None:
    await submit(ledger, 2)
    first = await begin(ledger, paid(ledger, limit=10))
    assert await ledger.claim_for(paid(ledger, limit=10)) is None
    await end(ledger, first, 12)
    assert isinstance(await ledger.claim_for(paid(ledger, limit=10)), OverBudget)


async def test_an_empty_queue_still_knows_that_the_next_job_is_too_expensive(ledger: Ledger) -> None:
    await learned(ledger)
    claimant = paid(ledger, limit=GUESS // 2)
    assert await ledger.claim_for(claimant) is None
    lacked = replace(claimant, purse=Purse(PRICE, GUESS // 2, lacked=GUESS))
    assert isinstance(await ledger.claim_for(lacked), OverBudget)


async def test_an_idle_paid_server_does_not_ask_back_what_it_cannot_pay(ledger: Ledger) -> None:
    await ledger.servers.say(HERE, answering=True)
    await ledger.servers.say(THERE, answering=True)
    await learned(ledger)
    await submit(ledger, 2)
    for _ in range(2):
        assert await ledger.claim_for(Claimant(ledger.worker, THERE, 60)) is not None
    broke = paid(ledger, limit=GUESS // 2, reach=Reach.IDLE)
    assert isinstance(await ledger.claim_for(broke), OverBudget)
    rich = paid(ledger, limit=2 * GUESS, reach=Reach.IDLE)
    assert not isinstance(await ledger.claim_for(rich), OverBudget)


async def test_partner_nodes_wait_for_the_budget_alone(ledger: Ledger) -> None:
    free = Claimant(ledger.worker, HERE, 60, purse=Purse(None, 10))
    partners = await place(ledger, order(partner_price=11))
    other = await place(ledger, order())
    found = await begin(ledger, free)
    assert (found.id, found.reserved) == (other.id, None)
    assert await ledger.claim_for(free) is None
    richer = replace(free, purse=Purse(None, 11))
    assert (await begin(ledger, richer)).id == partners.id
    assert (await ledger.spending.month()).reserved == 11


async def test_what_is_ready_makes_no_way_for_what_nobody_can_pay(ledger: Ledger) -> None:
    free = Claimant(ledger.worker, HERE, 60, purse=Purse(None, 10))
    await submit(ledger, 5)
    await begin(ledger, free)
    ready = await ledger.claim_for(free)
    assert isinstance(ready, Job)
    await place(ledger, order(2, partner_price=11))
    assert not await ledger.makes_way(free, ready), "it would be claimed again at once, and so on"
    assert await ledger.makes_way(replace(free, purse=Purse(None, 11)), ready)


async def test_what_is_ready_keeps_its_money_where_there_is_not_enough_for_both(ledger: Ledger) -> None:
    await learned(ledger)
    await submit(ledger, 5)
    await begin(ledger, paid(ledger))
    ready = await ledger.claim_for(paid(ledger))
    assert isinstance(ready, Job)
    await place(ledger, order(2))
    assert not await ledger.makes_way(paid(ledger, limit=2 * GUESS), ready)
    assert await ledger.makes_way(paid(ledger, limit=3 * GUESS), ready)


async def test_machines_that_claim_at_once_share_the_budget(postgresql_url: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        ledgers = [await open_ledger(postgresql_url, 60) for _ in range(4)]
        for one in ledgers:
            stack.push_async_callback(one.close)
        for server in (HERE, THERE):
            await learned(ledgers[0], server)
        await submit(ledgers[0], 12)
        limit = 5 * GUESS

        async def work(number: int) -> int:
            claimant = paid(ledgers[number], (HERE, THERE)[number % 2], limit)
            found = [await ledgers[number].claim_for(claimant) for _ in range(4)]
            return sum(isinstance(one, Job) for one in found)

        assert sum(await asyncio.gather(*map(work, range(4)))) == 5
        month = await ledgers[0].spending.month()
        assert month.total.cost + month.reserved == limit


async def test_a_new_month_pays_again_and_only_one_process_gets_it(opening: Opening, ledger_url: str) -> None:
    ledgers = [await opening() for _ in range(3)]
    await learned(ledgers[0])
    await submit(ledgers[0], 4)
    await end(ledgers[0], await begin(ledgers[0], paid(ledgers[0], limit=GUESS)), GUESS)
    assert isinstance(await ledgers[1].claim_for(paid(ledgers[1], limit=GUESS)), OverBudget)
    await look(ledger_url, "UPDATE spending SET month = '1999-12'")
    found = await asyncio.gather(*(one.claim_for(paid(one, limit=GUESS)) for one in ledgers))
    assert sum(isinstance(one, Job) for one in found) == 1


async def test_operators_are_told_once(ledger: Ledger) -> None:
    spent = await ledger.spending.spent(None)
    assert (spent.cost, spent.held, spent.told) == (0, False, 0)
    assert not spent.is_news(0, 20)
    assert spent.is_news(80, 20)
    for percent, limit, news in ((80, 20, True), (80, 20, False), (100, 20, True), (80, 20, False), (100, 10, False)):
        assert (await ledger.spending.spent(None)).is_news(percent, limit) == news
        assert await ledger.spending.tell(spent.month, percent, limit) == news
    # A higher limit is spent again.
    assert (await ledger.spending.spent(None)).is_news(80, 40)
    assert await ledger.spending.tell(spent.month, 80, 40)
    assert await ledger.spending.tell(spent.month, 100, 40)
    assert not await ledger.spending.tell(spent.month, 100, 20)


async def test_a_job_that_is_taken_over_reserves_what_such_jobs_cost_by_now(ledger: Ledger, ledger_url: str) -> None:
    await submit(ledger)
    first = await begin(ledger, paid(ledger))
    assert first.reserved == GUESS
    with contextlib.ExitStack() as other:
        other.enter_context(ledger.bills.measuring(first.id, lambda: Bill(0)))
        await submit(ledger)
        second = await begin(ledger, paid(ledger))
        await end(ledger, second, 100_000, seconds=1)
    await ledger.recover([HERE])
    again = await begin(ledger, paid(ledger))
    assert (again.id, again.reserved) == (first.id, GUESS // 10), "one second, as such a job took"
    await end(ledger, again, None, JobState.FAILED)
    assert (await now(ledger, again)).charged == GUESS // 10


@pytest.mark.parametrize(
    ("moment", "month", "after"),
    [(1_796_083_199, "2026-11", "2026-12"), (1_796_083_200, "2026-12", "2027-01"), (0, "1970-01", "1970-02")],
)
def test_months_are_those_of_utc(moment: float, month: str, after: str) -> None:
    assert month_of(moment) == month
    begin = next_month(moment)
    assert (month_of(begin - 1), month_of(begin)) == (month, after)
