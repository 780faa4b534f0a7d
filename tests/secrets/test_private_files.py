"""Who may read what the bot keeps."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ledger import open_ledger
from bot.operating_system.private_files import close_to_others
from tests.discord_server import AS_ITS_OPERATOR, DiscordStandIn
from tests.looks import finished
from tests.people import ALICE
from tests.programs import Program


def modes(folder: Path) -> dict[str, int]:
    paths = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in paths}


def is_private(folder: Path) -> bool:
    return not any(mode & 0o077 for mode in modes(folder).values())


def made(folder: Path, mode: int, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("x")
        (folder / name).chmod(0o644)
    folder.chmod(mode)
    return folder


@pytest.fixture
def nothing_masked() -> Iterator[None]:
    """The loosest umask that a machine can have."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("nothing_masked")
async def test_everything_that_a_start_makes_is_its_owners(
    discord: DiscordStandIn, program: Program, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    starts = {"COMFYUI_COMMAND": f"{sys.executable} -c 'print(1)' --port 1"}
    async with program(starts, AS_ITS_OPERATOR).ready() as bot:
        await finished(discord.slash("imagine", user=ALICE, prompt="a fox"))
        kept = modes(data)
        assert {"darkroom.db", "darkroom.db-wal", "darkroom.db-shm", "comfyui.log"} <= set(kept)
        assert is_private(data), kept
    assert "could read" not in bot.log.read_text()


async def test_what_older_versions_left_open_is_closed_and_said_once(program: Program, tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with program(command=AS_ITS_OPERATOR).ready() as bot:
        assert await bot.terminate() == 0
        for path in (data, *data.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (data / "comfyui.last.log").write_text("x")
        (data / "darkroom.db.before-0002").write_text("x")
        for _ in range(2):
            await bot.start()
            await bot.wait_ready()
            assert is_private(data), modes(data)
            await bot.terminate()
    log = bot.log.read_text()
    assert log.count("other users could read") == 1
    assert f"{data}, " in log


def test_a_folder_that_is_shared_on_purpose_stays_open_and_what_is_ours_in_it_does_not(tmp_path: Path) -> None:
    sticky = made(tmp_path / "sticky", 0o1777, "darkroom.db", "darkroom.db-wal", "another")
    team = made(tmp_path / "team", 0o2775, "darkroom.db", "another")
    home = made(tmp_path / "home", 0o755, "darkroom.db", "another")
    (home / "public").mkdir()
    for folder in (sticky, team, home):
        before = folder.stat().st_mode
        assert str(folder / "darkroom.db") in close_to_others(folder)
        assert folder.stat().st_mode == before
        kept = modes(folder)
        assert kept["darkroom.db"] == 0o600
        assert kept["another"] == 0o644


def test_what_belongs_to_somebody_else_and_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    folder = made(tmp_path / "data", 0o755, "darkroom.db")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    (folder / "comfyui.log").symlink_to(elsewhere)
    assert close_to_others(folder) == (str(folder), str(folder / "darkroom.db"))
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
    if os.geteuid() == 0:
        theirs = made(tmp_path / "theirs", 0o755, "darkroom.db", "another")
        os.chown(theirs, 12345, 12345)
        os.chown(theirs / "darkroom.db", 12345, 12345)
        assert close_to_others(theirs) == ()


def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert close_to_others(tmp_path / "none") == ()


async def test_a_ledger_elsewhere_is_private_when_it_is_new(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "jobs.db"
    ledger = await open_ledger(f"sqlite+aiosqlite:///{path}")
    try:
        assert is_private(path.parent), modes(path.parent)
    finally:
        await ledger.close()
