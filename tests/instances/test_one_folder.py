"""Two processes with one DATA_DIR or one SQLite file: the second ends at once, and a killed one holds nobody up."""

import os
from pathlib import Path

import pytest

from bot.errors import AlreadyRunning
from bot.instances import only_process
from tests.programs import ROOT, Program


async def test_the_second_process_names_the_first_and_ends(program: Program, tmp_path: Path) -> None:
    async with program().ready() as first:
        async with program() as second:
            assert await second.wait() == 1
        said = second.log.read_text(encoding="utf-8")
        assert f"already runs with this DATA_DIR ({tmp_path / 'data'}): process {first.pid} on " in said
        assert " UTC. Stop it first" in said
        assert first.running


@pytest.mark.parametrize("way", ["data/", "link", "../{folder}/data"])
async def test_whatever_the_folder_is_called(program: Program, tmp_path: Path, way: str) -> None:
    async with program().ready() as first:
        (tmp_path / "link").symlink_to("data")
        folder = os.path.relpath(tmp_path, ROOT) + "/" + way.format(folder=tmp_path.name)
        async with program({"DATA_DIR": folder}) as second:
            assert await second.wait() == 1
        assert f"already runs with this DATA_DIR ({ROOT / folder}): process {first.pid} on " in second.log.read_text()


async def test_a_folder_of_its_own_with_the_database_of_another(program: Program, tmp_path: Path) -> None:
    async with program().ready() as first:
        (tmp_path / "link.db").symlink_to("data/darkroom.db")
        other = {"DATA_DIR": str(tmp_path / "other"), "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'link.db'}"}
        async with program(other) as second:
            assert await second.wait() == 1
        said = second.log.read_text(encoding="utf-8")
        database = tmp_path / "data" / "darkroom.db"
        assert f"already runs with this DATABASE_URL ({database}): process {first.pid} on " in said
        assert first.running


async def test_a_process_that_was_killed_holds_nobody_up(program: Program) -> None:
    async with program().ready() as first:
        await first.kill()
        async with program().ready() as second:
            assert second.running


def test_a_lock_of_a_process_that_has_only_just_begun_is_a_lock(tmp_path: Path) -> None:
    with only_process(tmp_path):
        (tmp_path / "darkroom.lock").write_bytes(b"")
        with pytest.raises(AlreadyRunning, match="another process"), only_process(tmp_path):
            pass
    with only_process(tmp_path):
        pass


def test_where_nothing_can_be_written_nobody_is_kept_out(tmp_path: Path) -> None:
    with only_process(tmp_path / "no" / "such"), only_process(tmp_path / "no" / "such"):
        pass
