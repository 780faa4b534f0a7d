"""Two processes with one DATA_DIR: the second one ends at once, and a killed one holds nobody up."""

from pathlib import Path

import pytest

from bot.errors import AlreadyRunning
from bot.instances import only_process
from tests.programs import Program


async def test_the_second_process_names_the_first_and_ends(program: Program, tmp_path: Path) -> None:
    async with program().ready() as first:
        async with program() as second:
            assert await second.wait() == 1
        said = second.log.read_text(encoding="utf-8")
        assert f"already runs with this DATA_DIR ({tmp_path / 'data'}): process {first.pid} on " in said
        assert " UTC. Stop it first" in said
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
