"""Interactions have one process each; those of a process that has died are found by another."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.ledger import Ledger, open_ledger
from tests.ledger.conftest import Opening
from tests.ledger.orders import look, order, place

TOKEN = "a-made-up-token-of-its-own"


@pytest.fixture
async def two(postgresql_url: str) -> AsyncIterator[tuple[Ledger, Ledger]]:
    """The same ledger, as each of two processes has it. Their leases expire at once."""
    one, other = await open_ledger(postgresql_url, 0.0), await open_ledger(postgresql_url, 0.0)
    yield one, other
    await one.close()
    await other.close()


async def test_of_many_that_take_it_at_the_same_moment_one_gets_it(two: tuple[Ledger, Ledger]) -> None:
    for interaction_id in range(20):
        took = await asyncio.gather(*(one.interactions.take(interaction_id, TOKEN) for one in two * 3))
        assert took.count(True) == 1


async def test_only_what_has_no_answer_is_taken_over(two: tuple[Ledger, Ledger]) -> None:
    one, other = (ledger.interactions for ledger in two)
    for interaction_id in (1, 2, 3):
        await one.take(interaction_id, TOKEN)
    await one.answered(2, 4)
    await one.ended(3)
    assert [await other.take_over(interaction_id, 0.0) for interaction_id in (1, 2, 3, 4)] == [
        two[0].worker,
        None,
        None,
        None,
    ]
    assert await one.take_over(1, 60.0) is None
    assert await one.is_shared(1)
    assert not await one.is_shared(2)
    assert await other.is_shared(2)


async def test_what_was_answered_after_all_goes_back_and_is_looked_after(two: tuple[Ledger, Ledger]) -> None:
    one, other = (ledger.interactions for ledger in two)
    await one.take(1, TOKEN)
    assert await other.take_over(1, 0.0) == two[0].worker
    await other.hand_back(1, two[0].worker, 6)
    (found,) = await other.abandoned()
    assert (found.id, found.token, found.in_order) == (1, TOKEN, False)
    await other.ended(1)
    assert await other.abandoned() == []


async def test_one_process_says_that_another_program_uses_the_token(two: tuple[Ledger, Ledger]) -> None:
    one, other = (ledger.interactions for ledger in two)
    assert [await each.saw_other_program(3600.0) for each in (one, other, one)] == [True, False, False]
    assert await other.saw_other_program(0.0)


async def test_the_token_goes_when_it_has_ended(two: tuple[Ledger, Ledger], postgresql_url: str) -> None:
    one = two[0].interactions
    await one.take(1, TOKEN)
    await one.ended(1)
    assert await look(postgresql_url, "SELECT token FROM interactions") == [("",)]


async def test_one_that_has_brought_in_a_job_is_in_order(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    await one.interactions.take(1, TOKEN)
    job = await place(one, order(interaction_token=TOKEN))
    found = await other.interactions.job_of(TOKEN)
    assert found is not None
    assert (found[0].id, found[1].ahead) == (job.id, 0)
    (abandoned,) = await other.interactions.abandoned()
    assert abandoned.in_order


async def test_the_only_process_finds_what_the_last_one_has_left(opening: Opening) -> None:
    last, new = await opening(), await opening()
    await last.interactions.take(1, TOKEN)
    await new.interactions.take(2, TOKEN)
    assert await new.interactions.abandoned() == []
    await new.interactions.abandon_all()
    assert [one.id for one in await new.interactions.abandoned()] == [1]
