"""An older ledger is brought up to date by itself, with what is in it; a copy stays beside a file."""

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table
from sqlalchemy.engine import Connection, make_url

from bot.errors import LedgerNotUpgraded
from bot.ledger import Ledger, open_ledger
from bot.ledger.database import Database
from bot.ledger.upgrading import HEAD, migrate
from tests.ledger.orders import ledger_file, look, url_of

FIRST = "0001"
JOB = "6b1f0d6e-7d5c-4bb1-8f0e-2f1c5d8f3a10"
ROW = {
    "id": JOB, "guild_id": 100, "channel_id": 2, "user_id": 3, "application_id": 4, "interaction_token": "t",
    "upload_limit": 10 << 20, "channel_visible": True, "workflow": "paint", "values": {"prompt": "a fox"},
    "pictures": 1, "state": "queued", "lane": 0, "weight": 1.0, "size_class": 0, "models": "", "needs": "", "cost": 1.0,
    "start_tag": 0.0, "finish_tag": 1.0, "overtaken": False, "bound_until": 0.0, "epoch": 0, "losses": 0,
    "takeovers": 0, "created_at": 1.7e9,
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def older_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables, for `_fill`."""
    url: str = url_of(tmp_path) if request.param == "sqlite" else request.getfixturevalue("empty_postgresql_url")
    return url


async def _fill(url: str) -> None:
    """The tables of the first version, and a job that waits in them."""

    def fill(connection: Connection) -> None:
        migrate(connection, FIRST)
        connection.execute(Table("jobs", MetaData(), autoload_with=connection).insert().values(ROW))

    database = Database.at(url)
    await database.transaction(fill, seconds=30)
    await database.close()


async def _waiting(ledger: Ledger) -> list[tuple[str, object]]:
    try:
        return [(job.id, job.values) for job, _ in await ledger.line(10)]
    finally:
        await ledger.close()


async def test_what_waits_goes_on_waiting(older_url: str) -> None:
    await _fill(older_url)
    assert await _waiting(await open_ledger(older_url)) == [(JOB, {"prompt": "a fox"})]
    assert await look(older_url, "SELECT version_num FROM alembic_version") == [(HEAD,)]


async def test_the_file_as_it_was_stays_beside_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "bot")
    await _fill(url_of(tmp_path))
    ledger_file(tmp_path).chmod(0o600)
    await (await open_ledger(url_of(tmp_path))).close()
    kept = tmp_path / f"ledger.db.before-{FIRST}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.db", kept.name]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert str(kept) in caplog.text
    with sqlite3.connect(kept) as as_it_was:
        assert as_it_was.execute("SELECT id FROM jobs").fetchall() == [(JOB,)]
        assert as_it_was.execute("SELECT version_num FROM alembic_version").fetchone() == (FIRST,)
    as_it_was.close()
    # Back to the older version, and forward again.
    kept.replace(ledger_file(tmp_path))
    assert await _waiting(await open_ledger(url_of(tmp_path))) == [(JOB, {"prompt": "a fox"})]
    assert kept.is_file()


async def test_what_is_not_in_the_file_yet_is_in_the_copy(tmp_path: Path) -> None:
    """A bot that was killed leaves a log beside its file."""
    await _fill(url_of(tmp_path))
    writing = sqlite3.connect(ledger_file(tmp_path))
    writing.execute("UPDATE jobs SET user_id = 77")
    writing.commit()
    await (await open_ledger(url_of(tmp_path))).close()
    writing.close()
    assert await look(f"sqlite:///{tmp_path}/ledger.db.before-{FIRST}", "SELECT user_id FROM jobs") == [(77,)]


async def test_new_and_current_ledgers_are_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        await (await open_ledger(url_of(tmp_path))).close()
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


async def test_without_a_copy_nothing_is_changed(tmp_path: Path) -> None:
    await _fill(url_of(tmp_path))
    # Nothing can be written there: not even root's files replace a folder that is not empty.
    (tmp_path / f"ledger.db.before-{FIRST}" / "full").mkdir(parents=True)
    with pytest.raises(LedgerNotUpgraded) as refused:
        await open_ledger(url_of(tmp_path))
    assert refused.value.kept is None
    assert "no copy of it can be made" in refused.value.reason
    assert await look(url_of(tmp_path), "SELECT version_num FROM alembic_version") == [(FIRST,)]
    assert not list(tmp_path.glob("*.part"))


async def test_an_upgrade_that_fails_leaves_it_as_it_was(older_url: str) -> None:
    await _fill(older_url)
    # Somebody has made a table that a migration wants to make.
    await look(older_url, "CREATE TABLE audit (number INTEGER)")
    with pytest.raises(LedgerNotUpgraded) as failed:
        await open_ledger(older_url)
    assert "audit" in failed.value.reason
    assert await look(older_url, "SELECT version_num FROM alembic_version") == [(FIRST,)]
    assert await look(older_url, "SELECT id FROM jobs") == [(JOB,)]
    if make_url(older_url).get_backend_name() == "sqlite":
        assert failed.value.kept is not None
        assert await look(f"sqlite:///{failed.value.kept}", "SELECT id FROM jobs") == [(JOB,)]
        # The tables are whole: nothing half-way stays.
        assert "hold_reason" not in str(await look(older_url, "SELECT sql FROM sqlite_master"))
    else:
        assert failed.value.kept is None
