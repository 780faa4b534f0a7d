"""The files of WILDCARDS_DIR: found by their names, read again when they change, and named if they cannot be used."""

import os
from pathlib import Path

import pytest

from bot.workflows.prompts.wildcard_files import WildcardFolder, read_lines
from tests.operator.program import program
from tests.programs import ROOT


def test_files_in_folders_are_named_by_their_path(tmp_path: Path) -> None:
    (tmp_path / "Animals").mkdir()
    (tmp_path / "Animals" / "Cats.txt").write_bytes(b"\xef\xbb\xbflynx\r\n\r\n# big ones\r\n0.5::tiger, big\r\n")
    (tmp_path / "color.TXT").write_text("red")
    (tmp_path / "notes.md").write_text("x")
    lists = WildcardFolder(tmp_path).lists()
    assert lists.keys() == {"animals/cats", "color"}
    assert lists["animals/cats"].texts == ("lynx", "tiger, big")
    assert lists["animals/cats"].totals == (1.0, 1.5)


def test_a_changed_file_is_read_again_and_a_removed_one_is_gone(tmp_path: Path) -> None:
    path, folder = tmp_path / "color.txt", WildcardFolder(tmp_path)
    assert folder.lists() == {}
    path.write_text("red")
    first = folder.lists()["color"]
    assert folder.lists()["color"] is first
    path.write_text("blue")
    os.utime(path, ns=(1, 1))
    assert folder.lists()["color"].texts == ("blue",)
    path.unlink()
    assert folder.lists() == {}


def test_a_missing_folder_has_none(tmp_path: Path) -> None:
    assert WildcardFolder(tmp_path / "nothing").faults() == []


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"x\n" * 2**20)
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    (tmp_path / "empty.txt").write_text("# nothing\n\n")
    (tmp_path / "long.txt").write_text("x" * 6001)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "good.txt").write_text("x")
    assert WildcardFolder(tmp_path).faults() == [
        "big.txt: it is larger than 1 MB",
        "empty.txt: it has no lines",
        "gone.txt: it cannot be read: No such file or directory",
        "latin.txt: it is not UTF-8 text",
        "long.txt: it has a line of more than 6,000 characters",
        "pipe.txt: it is not a file",
    ]


def test_so_many_files_and_no_more(tmp_path: Path) -> None:
    for number in range(1001):
        (tmp_path / f"{number:04}.txt").write_text("x")
    folder = WildcardFolder(tmp_path)
    assert len(folder.lists()) == 1000
    assert folder.faults() == ["only the first 1000 files are used"]


def test_a_large_file_of_lines_is_drawn_from_quickly() -> None:
    lines = read_lines("\n".join(map(str, range(100_000))))
    assert len(lines.texts) == 100_000
    assert lines.totals[-1] == 100_000


@pytest.mark.parametrize("command", ["workflows", "doctor"])
async def test_an_operator_reads_which_file_is_wrong(tmp_path: Path, command: str) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    env = {"COMFYUI_URLS": "http://127.0.0.1:9", "WORKFLOWS_DIR": str(ROOT / "workflows"), "DATA_DIR": str(tmp_path)}
    done = await program(command, env={**env, "WILDCARDS_DIR": str(tmp_path), "DISCORD_TOKEN": ""})
    assert done.code == 1
    assert "bad.txt: it is not UTF-8 text" in done.out
