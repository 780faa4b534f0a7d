"""`python -m bot` with a ledger that it cannot upgrade, or must not: it ends with a line about what to do."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.discord_server import DiscordStandIn
from tests.ledger.older import FIRST, make_older, newest
from tests.ledger.orders import look
from tests.operator.program import Ended, program
from tests.programs import ROOT


@pytest.fixture
async def env(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    async with DiscordStandIn() as discord:
        yield {**discord.environment(), "DATA_DIR": str(tmp_path)}


@pytest.fixture
async def older(tmp_path: Path) -> Path:
    path = tmp_path / "darkroom.db"
    await make_older(f"sqlite+aiosqlite:///{path}")
    return path


def refused(done: Ended) -> str:
    """The one line in which it said so."""
    assert done.code == 1
    assert "Traceback" not in done.err
    return done.err.splitlines()[-1]


async def test_a_disk_that_is_full_keeps_the_ledger_as_it_is(
    older: Path, tmp_path: Path, env: Mapping[str, str]
) -> None:
    """No file may become as large as the ledger is, which looks like a full disk to the program that writes one."""
    url = f"sqlite+aiosqlite:///{older}"
    await look(url, "INSERT INTO files (id, content, created_at) VALUES ('x', zeroblob(1000000), 0)")
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", 'ulimit -f 256; exec "$@"', "sh", sys.executable, "-m", "bot"),
        env={"PATH": os.environ["PATH"], **env},
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert process.returncode is not None
    said = refused(Ended(process.returncode, "", err.decode()))
    assert f"the backup {older}.before-{newest()} could not be written: " in said
    assert "Free up space there" in said
    assert not [path.name for path in tmp_path.iterdir() if "before" in path.name]
    assert await look(url, "SELECT version_num FROM alembic_version") == [(FIRST,)]


async def test_an_upgrade_that_fails_names_the_copy(older: Path, tmp_path: Path, env: Mapping[str, str]) -> None:
    await look(f"sqlite+aiosqlite:///{older}", "CREATE TABLE words (number INTEGER)")
    said = refused(await program(env=env))
    assert said.startswith(f"Upgrading the database from {FIRST} to {newest()} failed: ")
    assert f"{older}.before-{newest()}" in said
    assert "cannot be used" not in said


async def test_a_newer_ledger_is_left_to_the_newer_program(older: Path, tmp_path: Path, env: Mapping[str, str]) -> None:
    await look(f"sqlite+aiosqlite:///{older}", "UPDATE alembic_version SET version_num = 'f00d'")
    said = refused(await program(env=env))
    assert said.startswith("A newer version of Darkroom has upgraded the database (to f00d).")
    assert [path.name for path in tmp_path.iterdir() if "before" in path.name] == []


async def test_the_doctor_says_that_a_copy_will_be_made(older: Path, tmp_path: Path, env: Mapping[str, str]) -> None:
    done = await program("doctor", env=env)
    assert f"{older}.before-{newest()}" in " ".join(done.out.split())
    assert await look(f"sqlite+aiosqlite:///{older}", "SELECT version_num FROM alembic_version") == [(FIRST,)]
