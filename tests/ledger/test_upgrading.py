"""A ledger of an older program is brought up to date with all that is in it; an SQLite file is copied before."""

import asyncio
import logging
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from bot.errors import LedgerNotCopied, LedgerNotUpgraded
from bot.ledger import inspect_ledger, open_ledger
from bot.ledger.database import dialects, transactions, upgrades
from bot.ledger.database.upgrades import HEAD
from tests.ledger.older import FIRST, WAITING_ID, make_older, newest
from tests.ledger.orders import claims, look, submit, url_of
from tests.postgresql import connection
from tests.relay import Relay
from tests.waiting import until


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    url: str = url_of(tmp_path) if request.param == "sqlite" else request.getfixturevalue("empty_postgresql_url")
    return url


@pytest.fixture
async def older_url(new_url: str) -> str:
    """A ledger of the first revision, on either engine."""
    await make_older(new_url)
    return new_url


@pytest.fixture
async def older(tmp_path: Path) -> Path:
    """The file of an older SQLite ledger, for its owner alone."""
    await make_older(url_of(tmp_path))
    path = tmp_path / "ledger.db"
    path.chmod(0o600)
    return path


def copies(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if ".before-" in path.name)


def revision_in(path: Path) -> str:
    opened = sqlite3.connect(path)
    (found,) = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    opened.close()
    return str(found)


def test_the_program_knows_its_newest_migration() -> None:
    assert newest() == HEAD


async def test_what_an_older_program_left_goes_on(older_url: str) -> None:
    ledger = await open_ledger(older_url)
    job = await ledger.job(WAITING_ID)
    assert job is not None
    assert job.values == {"prompt": "an old fox", "seed": 7}
    assert await claims(ledger) == [WAITING_ID]
    await submit(ledger)
    await ledger.close()
    assert await look(older_url, "SELECT version_num FROM alembic_version") == [(newest(),)]
    assert await look(older_url, "SELECT role_id, queued FROM limits") == [(5, 3)]


async def test_passwords_that_older_programs_left_in_the_names_of_servers_go(older_url: str) -> None:
    left = transactions.Database.at(older_url)
    secret = "http://me:canary@gpu:8188"

    def fill(connection: Connection) -> None:
        connection.execute(text("UPDATE jobs SET server = :server"), {"server": f"{secret} on that@machine"})
        for server, recent in ((secret, "[1.0]"), ("http://you:canary@b", "[2.0]"), ("http://b", "[3.0]")):
            row = {"server": server, "recent": recent}
            connection.execute(text("INSERT INTO costs VALUES ('w', 1, :server, :recent)"), row)
        connection.execute(
            text("INSERT INTO servers (url, worker, answering, lease_until) VALUES (:url, 'w', true, 0)"),
            {"url": secret},
        )

    try:
        await left.transaction(fill)
    finally:
        await left.close()
    await (await open_ledger(older_url)).close()
    assert await look(older_url, "SELECT server FROM jobs") == [("http://gpu:8188 on that@machine",)]
    assert await look(older_url, "SELECT url FROM servers") == []
    learned = await look(
        older_url, "SELECT server, CAST(recent AS TEXT) FROM costs WHERE workflow = 'w' ORDER BY server"
    )
    assert learned == [("http://b", "[3.0]"), ("http://gpu:8188", "[1.0]")]


async def test_the_file_is_kept_beside_it_as_it_was(
    older: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await (await open_ledger(url_of(tmp_path))).close()
    copy = tmp_path / f"ledger.db.before-{newest()}"
    assert copies(tmp_path) == [copy]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert revision_in(copy) == FIRST
    assert [line for line in caplog.messages if str(copy) in line and "To go back" in line]
    # The way back.
    older.unlink()
    copy.rename(older)
    assert await look(url_of(tmp_path), "SELECT id FROM jobs") == [(WAITING_ID,)]


async def test_what_is_still_in_the_write_ahead_log_is_copied_too(older: Path, tmp_path: Path) -> None:
    # Its connection stays open, as that of a program that was killed: nothing is moved into the file.
    meddling = sqlite3.connect(older)
    meddling.execute("UPDATE jobs SET workflow = 'written_last'")
    meddling.commit()
    assert b"written_last" not in older.read_bytes()
    await (await open_ledger(url_of(tmp_path))).close()
    meddling.close()
    (copy,) = copies(tmp_path)
    assert await look(f"sqlite:///{copy}", "SELECT workflow FROM jobs") == [("written_last",)]


async def test_nothing_is_copied_where_nothing_is_upgraded(tmp_path: Path) -> None:
    for _ in range(2):
        await (await open_ledger(url_of(tmp_path))).close()
    assert copies(tmp_path) == []


async def test_without_a_copy_nothing_is_upgraded(older: Path, tmp_path: Path) -> None:
    (in_the_way := tmp_path / f"ledger.db.before-{newest()}.part").mkdir()
    with pytest.raises(LedgerNotCopied) as refused:
        await open_ledger(url_of(tmp_path))
    assert refused.value.copy == str(tmp_path / f"ledger.db.before-{newest()}")
    assert revision_in(older) == FIRST
    in_the_way.rmdir()
    await (await open_ledger(url_of(tmp_path))).close()
    assert revision_in(older) == newest()


async def test_a_copy_that_was_cut_short_is_made_anew(older: Path, tmp_path: Path) -> None:
    part = tmp_path / f"ledger.db.before-{newest()}.part"
    part.write_bytes(b"half of a copy")
    await (await open_ledger(url_of(tmp_path))).close()
    assert not part.exists()
    assert [revision_in(copy) for copy in copies(tmp_path)] == [FIRST]


async def fail(url: str) -> LedgerNotUpgraded:
    with pytest.raises(LedgerNotUpgraded) as failed:
        await open_ledger(url)
    return failed.value


async def test_an_upgrade_that_fails_leaves_the_ledger_as_it_was(older_url: str, tmp_path: Path) -> None:
    await look(older_url, "CREATE TABLE words (number INTEGER)")  # which a migration wants to make itself
    told = await fail(older_url)
    assert (told.found, told.wanted) == (FIRST, newest())
    assert "words" in told.reason
    assert (told.copy is not None) == older_url.startswith("sqlite")
    assert await look(older_url, "SELECT version_num FROM alembic_version") == [(FIRST,)]
    assert await look(older_url, "SELECT id, state FROM jobs") == [(WAITING_ID, "queued")]
    await look(older_url, "DROP TABLE words")
    ledger = await open_ledger(older_url)
    assert await claims(ledger) == [WAITING_ID]
    await ledger.close()


async def test_trying_again_and_again_makes_one_copy_and_writes_over_none(older: Path, tmp_path: Path) -> None:
    url = url_of(tmp_path)
    await look(url, "CREATE TABLE words (number INTEGER)")
    first = (await fail(url)).copy
    assert (await fail(url)).copy == first
    assert len(copies(tmp_path)) == 1
    # The older program goes on with it for a while.
    await look(url, "UPDATE jobs SET workflow = 'since_then'")
    second = (await fail(url)).copy
    assert first is not None
    assert second == f"{first}.2"
    assert (await fail(url)).copy == second
    assert [b"since_then" in copy.read_bytes() for copy in copies(tmp_path)] == [False, True]


async def test_processes_that_start_at_once_upgrade_once(
    empty_postgresql_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await make_older(empty_postgresql_url)
    ledgers = await asyncio.gather(*(open_ledger(empty_postgresql_url) for _ in range(3)))
    for ledger in ledgers:
        await ledger.close()
    assert await look(empty_postgresql_url, "SELECT version_num FROM alembic_version") == [(newest(),)]
    assert len([line for line in caplog.messages if "PostgreSQL backups" in line]) == 1


async def test_an_upgrade_may_take_longer_than_a_statement_else(
    empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialects, "_STATEMENT_SECONDS", 1.0)
    await make_older(empty_postgresql_url)
    name = empty_postgresql_url.rsplit("/", 1)[1]
    async with connection(empty_postgresql_url) as other, connection(empty_postgresql_url) as looking:
        for limit in ("statement_timeout", "lock_timeout"):
            await other.execute(f"ALTER DATABASE {name} SET {limit} = '1s'")
        holding = other.transaction()
        await holding.start()
        await other.execute("LOCK TABLE jobs")
        opening = asyncio.create_task(open_ledger(empty_postgresql_url))

        async def waits_for_long() -> bool:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'"
            long = " AND clock_timestamp() - query_start > interval '1.2 s'"
            return opening.done() or bool(await looking.fetchval(waiting + long, name))

        await until(waits_for_long)
        assert not opening.done()
        await holding.rollback()
        await (await opening).close()
    assert await look(empty_postgresql_url, "SELECT version_num FROM alembic_version") == [(newest(),)]


async def test_other_processes_do_not_wait_long_while_an_upgrade_waits_for_them(empty_postgresql_url: str) -> None:
    """As when another process edits a job's message: it holds the job until Discord has answered."""
    await make_older(empty_postgresql_url)
    async with connection(empty_postgresql_url) as editing, connection(empty_postgresql_url) as asking:
        holding = editing.transaction()
        await holding.start()
        await editing.execute("SELECT 1 FROM jobs FOR UPDATE")
        opening = asyncio.create_task(open_ledger(empty_postgresql_url))
        name = empty_postgresql_url.rsplit("/", 1)[1]

        async def waits() -> bool:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'"
            return bool(await asking.fetchval(waiting, name))

        await until(waits)
        # Without a limit, this would wait behind the upgrade for as long as the job is held.
        await asyncio.wait_for(asking.fetchval("SELECT count(*) FROM jobs"), 30)
        assert not opening.done()
        await holding.rollback()
        await (await opening).close()


async def test_a_server_that_falls_silent_in_the_middle_is_waited_for_but_not_for_ever(
    empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrades, "_SILENT_SECONDS", 3.0)
    monkeypatch.setattr(upgrades, "_LOOK_SECONDS", 0.5)
    await make_older(empty_postgresql_url)
    name = empty_postgresql_url.rsplit("/", 1)[1]
    async with (
        Relay.to(empty_postgresql_url) as relay,
        connection(empty_postgresql_url) as holding,
        connection(empty_postgresql_url) as looking,
    ):
        held = holding.transaction()
        await held.start()
        await holding.execute("LOCK TABLE jobs")
        opening = asyncio.create_task(open_ledger(relay.url(empty_postgresql_url)))

        async def waits() -> bool:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'"
            return bool(await looking.fetchval(waiting, name))

        await until(waits)
        relay.silence()
        with pytest.raises(LedgerNotUpgraded) as failed:
            await asyncio.wait_for(opening, 30)
        assert failed.value.reason == "it has not answered for 3 s"
        await relay.cut()
        relay.restore()
        await held.rollback()
    assert await look(empty_postgresql_url, "SELECT version_num FROM alembic_version") == [(FIRST,)]


async def test_the_doctor_says_what_the_next_start_does(older_url: str) -> None:
    facts = await inspect_ledger(older_url)
    assert (facts.revision, facts.head, facts.known) == (FIRST, newest(), True)
    copy = older_url.removeprefix("sqlite+aiosqlite:///") + f".before-{newest()}"
    assert facts.copy == (copy if older_url.startswith("sqlite") else None)
    assert await look(older_url, "SELECT version_num FROM alembic_version") == [(FIRST,)]
