"""A look that fails is in the log, and the next one comes."""

import asyncio
import logging

import pytest

from bot.errors import LedgerAway
from bot.ledger import Signals, poll


async def test_it_looks_at_once_and_whenever_the_bell_rings(caplog: pytest.LogCaptureFixture) -> None:
    signals, looks = Signals(), asyncio.Queue[int]()
    faults = [LedgerAway("gone"), ValueError("a fault of ours"), None]

    async def look() -> None:
        looks.put_nowait(len(faults))
        fault = faults.pop(0)
        # It rings while nobody waits.
        signals.ring()
        if fault is not None:
            raise fault

    polling = asyncio.create_task(poll(look, 60, "nothing is seen", bell=signals.bell))
    async with asyncio.timeout(30):
        assert [await looks.get() for _ in range(3)] == [3, 2, 1]
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    assert [(one.levelno, one.getMessage()) for one in caplog.records if one.name == "bot.ledger.polling"] == [
        (logging.WARNING, "nothing is seen: gone"),
        (logging.ERROR, "nothing is seen"),
    ]
