"""The ledger alone, on both engines: what members and workers wait for, with a few jobs in it and with very many."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import text

from bot.ledger import JobState, Ledger, open_ledger
from bot.ledger.database.transactions import Database
from bot.ledger.signals import WORK
from tests.bench.figures import Figures
from tests.ledger.filling import MEMBERS, fill
from tests.ledger.orders import HERE, order, url_of
from tests.postgresql import NoPostgreSQL, fresh_database
from tests.waiting import until

FEW: Final = 1_000
MANY: Final = 100_000
_WARM_UP: Final = 10
_FILLING_SECONDS: Final = 300.0

T = TypeVar("T")
Growth = dict[str, tuple[Figures, Figures]]
"""What was done -> how long it took among few jobs, and among many."""


async def growth(folder: Path, runs: int) -> AsyncIterator[tuple[str, Growth]]:
    """For each engine and each kind of filling: the same work on a small and a large ledger, turn about."""
    states = JobState.DONE, JobState.QUEUED
    for state in states:
        few, many = (url_of(folder / f"{size}-{state}") for size in ("few", "many"))
        yield f"SQLite, {state}", await _grown(few, many, state, runs)
    with contextlib.suppress(NoPostgreSQL):
        for state in states:
            async with fresh_database() as few, fresh_database() as many:
                yield f"PostgreSQL, {state}", await _grown(few, many, state, runs)


async def news(runs: int) -> AsyncIterator[tuple[str, Figures]]:
    """Seconds from the acknowledgement of a job in one process until another hears of it, and has claimed it."""
    with contextlib.suppress(NoPostgreSQL):
        async with fresh_database() as url, _opened(url) as here, _opened(url) as there:
            heard, claimed = await _news(here, there, runs)
            yield "heard by", heard
            yield "claimed by", claimed


async def _news(here: Ledger, there: Ledger, runs: int) -> tuple[Figures, Figures]:
    listening = there.listening()
    task = asyncio.create_task(listening.run())
    await until(listening.connected.is_set)
    heard, claimed = [], []
    for _ in range(runs):
        job, _ = await here.submit(order())
        bell = there.signals.bell(WORK)
        began = time.perf_counter()
        acknowledging = asyncio.create_task(here.acknowledged(job.id, 400))
        await bell.wait()
        heard.append(time.perf_counter() - began)
        assert await there.claim(HERE) is not None
        claimed.append(time.perf_counter() - began)
        await acknowledging
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return Figures(heard), Figures(claimed)


async def _grown(few: str, many: str, state: JobState, runs: int) -> Growth:
    async with _opened(few) as small, _opened(many) as large:
        await _filled(few, FEW, state)
        await _filled(many, MANY, state)
        took = [_Turns(small), _Turns(large)]
        for _ in range(_WARM_UP + runs):
            for turns in took:
                await turns.once()
    return {
        what: (Figures(took[0].seconds[what][_WARM_UP:]), Figures(took[1].seconds[what][_WARM_UP:]))
        for what in took[0].seconds
    }


class _Turns:
    """One job's way through a ledger, again and again, each step's time noted."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._users = 0
        self.seconds: dict[str, list[float]] = {}

    async def once(self) -> None:
        self._users += 1
        new = order(self._users % MEMBERS)
        await self._timed("submit (with its position)", self._ledger.submit(new))
        await self._ledger.acknowledged(new.id, 400)
        await self._timed("job", self._ledger.job(new.id))
        await self._timed("line (the first ten positions)", self._ledger.line(10))
        claimed = await self._timed("claim", self._ledger.claim(HERE))
        assert claimed is not None
        await self._timed("finish", self._ledger.finish(claimed, JobState.DONE, seconds=4.0))

    async def _timed(self, what: str, doing: Awaitable[T]) -> T:
        began = time.perf_counter()
        result = await doing
        self.seconds.setdefault(what, []).append(time.perf_counter() - began)
        return result


async def _filled(url: str, rows: int, state: JobState) -> None:
    database = await Database.open(url)
    await database.transaction(lambda connection: fill(connection, rows, state), seconds=_FILLING_SECONDS)
    await database.transaction(lambda connection: connection.execute(text("ANALYZE")), seconds=_FILLING_SECONDS)
    await database.close()


@contextlib.asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Ledger]:
    ledger = await open_ledger(url)
    try:
        yield ledger
    finally:
        await ledger.close()
