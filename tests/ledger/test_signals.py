"""Wake-ups: everybody who waits hears a ring once, and a cancel reaches only its own job."""

import asyncio

from bot.ledger import Signals


async def test_a_ring_wakes_everybody_who_waits() -> None:
    signals = Signals()
    waiting = [asyncio.create_task(signals.bell().wait()) for _ in range(3)]
    signals.ring()
    async with asyncio.timeout(30):
        assert await asyncio.gather(*waiting) == [True] * 3


async def test_a_ring_between_taking_the_bell_and_waiting_is_not_missed() -> None:
    signals = Signals()
    bell = signals.bell()
    signals.ring()
    assert bell.is_set()
    assert not signals.bell().is_set()


async def test_a_cancel_reaches_only_its_own_job_and_only_while_it_runs() -> None:
    signals = Signals()
    with signals.cancellation("a") as a, signals.cancellation("b") as b:
        signals.cancel("a")
        assert a.is_set()
        assert not b.is_set()
    with signals.cancellation("b") as again:
        assert not again.is_set()
    signals.cancel("a")
