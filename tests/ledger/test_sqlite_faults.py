"""SQLite is locked or its disk is full: a clear error soon, nothing half-written, and it goes on afterwards."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.event import listen, remove

from bot.errors import LedgerAway
from bot.ledger import JobState, Ledger, open_ledger
from tests.ledger.orders import OWNER, claim, claims, now, order, submit, url_of

SOON = 5.0
"""Discord waits three seconds; a machine that is busy with other tests takes a while as well."""


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = await open_ledger(url_of(tmp_path))
    yield ledger
    await ledger.close()


class Lock:
    """Another program that has the file to itself."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "ledger.db", isolation_level=None)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN EXCLUSIVE")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


async def test_a_file_that_is_locked_is_answered_for_and_used_afterwards(ledger: Ledger, tmp_path: Path) -> None:
    with Lock(tmp_path):
        async with asyncio.timeout(SOON):
            found = await asyncio.gather(*(ledger.submit(order()) for _ in range(5)), return_exceptions=True)
        assert [type(one) for one in found] == [LedgerAway] * 5
        assert str(found[0]) == "another program keeps it locked, such as one that backs it up"
    (job,) = await submit(ledger)
    assert await claims(ledger) == [job.id]


async def test_what_was_refused_while_the_file_was_locked_is_not_written_later(ledger: Ledger, tmp_path: Path) -> None:
    with Lock(tmp_path), pytest.raises(LedgerAway):
        await ledger.submit(order())
    assert await ledger.active_of(OWNER) == ()


async def test_whoever_waits_patiently_goes_on_when_the_file_is_free(ledger: Ledger, tmp_path: Path) -> None:
    await submit(ledger)
    job = await claim(ledger)
    with Lock(tmp_path):
        end = asyncio.create_task(ledger.finish(job, JobState.DONE))
        with pytest.raises(LedgerAway):
            await ledger.job(job.id)
        assert not end.done()
    async with asyncio.timeout(30):
        ended = await end
    assert ended is not None
    assert await now(ledger, job) == ended


async def test_a_short_lock_costs_nobody_an_error(ledger: Ledger, tmp_path: Path) -> None:
    with Lock(tmp_path):
        ordering = asyncio.create_task(ledger.submit(order()))
        await asyncio.wait([ordering], timeout=0.2)
        assert not ordering.done()
    job, _ = await ordering
    await ledger.acknowledged(job.id, 400)
    assert await claims(ledger) == [job.id]


async def test_a_full_disk_is_answered_for_and_nothing_is_half_written(tmp_path: Path) -> None:
    """The file may not grow any more, which SQLite says in the same words as of a full disk."""

    def limited(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # which means: as large as it is now

    url = url_of(tmp_path)
    ledger = await open_ledger(url)
    (kept,) = await submit(ledger)
    await ledger.close()

    listen(Engine, "connect", limited)
    try:
        full = await open_ledger(url)
        refused = order(values={"prompt": "x" * 2**20})
        with pytest.raises(LedgerAway):
            await full.submit(refused)
        assert await full.job(refused.id) is None
        assert await full.job(kept.id) is not None
        with pytest.raises(LedgerAway):
            await full.shelf.keep_file(b"x" * 2**20)
        await full.close()
    finally:
        remove(Engine, "connect", limited)
    again = await open_ledger(url)
    assert await claims(again) == [kept.id]
    await submit(again)
    await again.close()


async def test_a_file_that_is_no_database_is_away(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database at all, but a text of some length" * 100)
    with pytest.raises(LedgerAway):
        await open_ledger(url_of(tmp_path))


async def test_a_folder_that_cannot_be_made_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerAway):
        await open_ledger(url_of(tmp_path / "file"))


async def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    ledger = await open_ledger(url_of(tmp_path))
    (job,) = await submit(ledger)
    leaving = asyncio.create_task(ledger.cancel(job.id, by=OWNER))
    await asyncio.sleep(0)  # it begins
    leaving.cancel()
    await ledger.close()
    again = await open_ledger(url_of(tmp_path))
    assert (await now(again, job)).state is JobState.CANCELLED
    await again.close()
