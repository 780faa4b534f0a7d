"""Which of a run's files a member gets, and in which order."""

from collections.abc import Sequence
from pathlib import Path

from bot.workflows import OutputFile, Pack, Picked, output_files, pick
from tests.workflows.samples import pack_of

STAGES = '[outputs]\nstages = { Final = "Refined", Draft = "First" }'


def file(node_id: str, name: str, type_: str = "output") -> OutputFile:
    return OutputFile(node_id, name, "", type_)


def picked(pack: Pack, files: Sequence[OutputFile]) -> list[tuple[str, str | None]]:
    return [(item.file.filename, item.caption) for item in pick(pack, files)]


def test_stages_come_first_in_their_order_with_their_captions(tmp_path: Path) -> None:
    files = [file("5", "other.png"), file("7", "draft.png"), file("8", "1.png"), file("8", "2.png")]
    assert picked(pack_of(tmp_path, STAGES), files) == [
        ("1.png", "Refined"),
        ("2.png", "Refined"),
        ("draft.png", "First"),
        ("other.png", None),
    ]


def test_without_stages_files_keep_the_order_they_were_made_in(tmp_path: Path) -> None:
    files = [file("8", "b.png"), file("7", "a.png"), file("8", "c.png")]
    assert picked(pack_of(tmp_path, ""), files) == [("b.png", None), ("a.png", None), ("c.png", None)]


def test_a_preview_counts_where_a_stage_names_its_node(tmp_path: Path) -> None:
    files = [file("7", "draft.png", "temp"), file("5", "other.png", "temp"), file("8", "final.png")]
    assert picked(pack_of(tmp_path, STAGES), files) == [("final.png", "Refined"), ("draft.png", "First")]


def test_a_preview_gives_way_to_a_picture(tmp_path: Path) -> None:
    files = [file("7", "draft.png", "temp"), file("8", "final.png")]
    assert picked(pack_of(tmp_path, ""), files) == [("final.png", None)]


def test_previews_count_when_there_is_nothing_else(tmp_path: Path) -> None:
    files = [file("7", "a.png", "temp"), file("7", "b.png", "temp")]
    assert picked(pack_of(tmp_path, ""), files) == [("a.png", None), ("b.png", None)]


def test_a_file_that_is_told_twice_is_delivered_once(tmp_path: Path) -> None:
    files = [file("8", "a.png"), file("8", "b.png"), file("8", "a.png")]
    assert picked(pack_of(tmp_path, STAGES), files) == [("a.png", "Refined"), ("b.png", "Refined")]


def test_nothing_made_is_nothing_picked(tmp_path: Path) -> None:
    assert pick(pack_of(tmp_path, STAGES), ()) == ()


def test_a_file_is_told_by_its_name_folder_and_type(tmp_path: Path) -> None:
    output = {"gifs": [{"filename": "a.mp4", "subfolder": "video", "type": "output", "frame_rate": 8}]}
    (found,) = output_files("8", output)
    assert pick(pack_of(tmp_path, STAGES), [found]) == (Picked(OutputFile("8", "a.mp4", "video", "output"), "Refined"),)
