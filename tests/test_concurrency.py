"""Whatever ends a wait, nothing that was waited for is left running."""

import asyncio

import pytest

from bot.concurrency import alone, first_set, race


async def test_a_race_ends_with_its_first_and_leaves_nobody_behind() -> None:
    first, second, beside = (asyncio.create_task(asyncio.Event().wait()) for _ in range(3))
    first.cancel()
    assert await race(first, second, beside=(beside,)) == {first}
    assert second.cancelled()
    assert beside.cancelled()


async def test_a_race_that_is_cancelled_leaves_nobody_behind() -> None:
    runner = asyncio.create_task(asyncio.Event().wait())
    racing = asyncio.create_task(race(runner))
    await asyncio.sleep(0)
    racing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await racing
    assert runner.cancelled()


async def test_one_of_two_events_is_enough() -> None:
    quiet, rung = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().call_soon(rung.set)
    assert await first_set(quiet, rung, seconds=60)


async def test_nobody_waits_for_ever() -> None:
    assert not await first_set(asyncio.Event(), seconds=0)


async def test_one_kind_of_fault_comes_out_of_its_groups_alone_and_all_others_stay_in_theirs() -> None:
    async def fail(fault: Exception) -> None:
        async with asyncio.TaskGroup() as inner:
            inner.create_task(raising(fault))

    async def raising(fault: Exception) -> None:
        raise fault

    with pytest.raises(LookupError, match="the one"), alone(LookupError):
        await fail(LookupError("the one"))
    with pytest.raises(ExceptionGroup), alone(LookupError):
        await fail(ValueError("another"))
