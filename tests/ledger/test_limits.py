"""Limits: the best that a member's roles give, what counts against it, and when a refused order fits again."""

import asyncio

import pytest

from bot.errors import LimitReached
from bot.ledger import Allowance, JobState, Ledger
from tests.ledger.conftest import Opening
from tests.ledger.orders import GUILD, OWNER, claim, claims, order, pass_time, place, submit

DAY = 24 * 3600


# --- What roles give


async def test_where_nothing_is_said_anything_goes(ledger: Ledger) -> None:
    assert (await ledger.rules.book(GUILD)).allowance([1, 2]) == Allowance()


async def test_a_member_has_the_best_that_any_of_his_roles_gives(ledger: Ledger) -> None:
    await ledger.rules.change_limits(GUILD, GUILD, wipe=True, queued=2, daily=10, weight=1.0, lane=1)
    await ledger.rules.change_limits(GUILD, 1, wipe=True, queued=5)
    await ledger.rules.change_limits(GUILD, 2, wipe=True, daily=50, weight=3.0)
    await ledger.rules.change_limits(GUILD, 3, wipe=True, lane=0)
    await ledger.rules.change_limits(GUILD + 1, 1, wipe=True, queued=99)
    assert (await ledger.rules.book(GUILD)).allowance([]) == Allowance(2, 10, 1.0, 1)
    assert (await ledger.rules.book(GUILD)).allowance([1]) == Allowance(5, 10, 1.0, 1)
    assert (await ledger.rules.book(GUILD)).allowance([1, 2, 3]) == Allowance(5, 50, 3.0, 0)


async def test_what_is_said_of_a_role_replaces_what_was(ledger: Ledger) -> None:
    await ledger.rules.change_limits(GUILD, 1, wipe=True, queued=5, daily=10)
    await ledger.rules.change_limits(GUILD, 1, wipe=True, queued=3)
    assert (await ledger.rules.book(GUILD)).allowance([1]) == Allowance(queued=3)


# --- Queued at once


async def test_an_order_too_many_is_refused_until_one_is_begun_or_cancelled(ledger: Ledger) -> None:
    two = Allowance(queued=2)
    jobs = [await place(ledger, order(), two) for _ in range(2)]
    for begin in (True, False):
        with pytest.raises(LimitReached) as refused:
            await ledger.submit(order(), two)
        assert (refused.value.code, refused.value.limit, refused.value.frees_at) == ("queued", 2, None)
        if begin:
            await claim(ledger)
        else:
            await ledger.cancel(jobs[1].id, by=OWNER)
        await place(ledger, order(), two)


async def test_a_refused_order_leaves_nothing(ledger: Ledger) -> None:
    refused = order()
    with pytest.raises(LimitReached):
        await ledger.submit(refused, Allowance(queued=0))
    assert await ledger.job(refused.id) is None


async def test_limits_are_each_members_in_each_guild(ledger: Ledger) -> None:
    one = Allowance(queued=1, daily=1)
    for new in (order(1), order(2), order(1, guild_id=GUILD + 1), order(1, guild_id=None)):
        await place(ledger, new, one)
    for new in (order(1), order(1, guild_id=None)):
        with pytest.raises(LimitReached):
            await ledger.submit(new, one)


async def test_orders_at_once_do_not_slip_past_a_limit(opening: Opening) -> None:
    ledgers = [await opening() for _ in range(2)]
    orders = [ledgers[number % 2].submit(order(), Allowance(queued=3)) for number in range(10)]
    answers = await asyncio.gather(*orders, return_exceptions=True)
    assert sum(isinstance(answer, tuple) for answer in answers) == 3
    assert sum(isinstance(answer, LimitReached) for answer in answers) == 7


# --- A day's images


async def test_a_days_pictures_are_counted_and_free_up_a_day_later(ledger: Ledger, ledger_url: str) -> None:
    ten = Allowance(daily=10)
    first = await place(ledger, order(pictures=4), ten)
    await pass_time(ledger_url, 3600)
    await place(ledger, order(pictures=4), ten)
    await place(ledger, order(pictures=2), ten)
    with pytest.raises(LimitReached) as refused:
        await ledger.submit(order(pictures=4), ten)
    assert (refused.value.code, refused.value.limit) == ("daily", 10)
    assert refused.value.frees_at == pytest.approx(first.created_at - 3600 + DAY, abs=1)
    await pass_time(ledger_url, DAY - 3600 + 1)
    await place(ledger, order(pictures=4), ten)


async def test_an_order_that_is_larger_than_a_day_never_fits(ledger: Ledger) -> None:
    with pytest.raises(LimitReached) as refused:
        await ledger.submit(order(pictures=3), Allowance(daily=2))
    assert refused.value.frees_at == float("inf")


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
async def test_what_came_to_nothing_is_refunded(ledger: Ledger, state: JobState) -> None:
    one = Allowance(daily=1)
    await place(ledger, order(), one)
    await ledger.finish(await claim(ledger), state)
    await place(ledger, order(), one)


async def test_what_was_made_is_not_refunded(ledger: Ledger) -> None:
    one = Allowance(daily=1)
    await place(ledger, order(), one)
    await ledger.finish(await claim(ledger), JobState.DONE)
    with pytest.raises(LimitReached):
        await ledger.submit(order(), one)


# --- Lanes


async def test_a_smaller_lane_goes_first(ledger: Ledger) -> None:
    slow = [await place(ledger, order(user), Allowance(lane=1)) for user in (1, 2)]
    fast = [await place(ledger, order(3), Allowance(lane=0)) for _ in range(3)]
    faster = await place(ledger, order(4), Allowance(lane=-1))
    assert await claims(ledger) == [job.id for job in (faster, *fast, *slow)]


async def test_a_member_of_two_weights_has_one_clock(ledger: Ledger) -> None:
    await place(ledger, order(1), Allowance(weight=0.5))
    heavy = await place(ledger, order(1), Allowance(weight=10))
    others = await submit(ledger, 3, 2)
    line = [job.id for job, _ in await ledger.line(10)]
    assert line.index(heavy.id) > line.index(others[1].id)
