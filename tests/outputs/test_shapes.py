"""Outputs by their shape: texts, counts, kinds, and what is not for members."""

from pathlib import Path

import pytest

from bot.comfyui.answers import Finished, read_finished
from bot.errors import NodeFault
from bot.messages import explain_skipped, split_texts
from bot.workflows import OutputFile, OutputText, kind_of, output_files, output_texts, pick, sent_over_socket
from tests.outputs.ordering import coloured, saved
from tests.workflows.samples import pack_of


def test_texts_are_found_and_paths_are_not_texts() -> None:
    words = [
        "A fox.",
        "",
        "  ",
        7,
        None,
        "/srv/ComfyUI/output/a.txt",
        "C:\\out\\a.txt",
        "\\\\nas\\out",
        "1/2 cup",
        "/imagine it",
    ]
    assert [text.text for text in output_texts("3", {"text": words})] == ["A fox.", "1/2 cup", "/imagine it"]


@pytest.mark.parametrize("output", [None, [], "text", {"text": "a"}, {"text": None}, {"images": []}, {"text": [[1]]}])
def test_what_is_no_text_is_none(output: object) -> None:
    assert output_texts("3", output) == ()


@pytest.mark.parametrize("key", ["images", "gifs", "audio", "3d", "video", "whatever"])
def test_files_are_found_under_any_name(key: str) -> None:
    item = {"filename": "a.bin", "subfolder": "s", "type": "output", "fullpath": "/srv/a.bin", "format": "video/h264"}
    assert output_files("4", {key: [item], "animated": [True]}) == (OutputFile("4", "a.bin", "s", "output"),)


def test_what_was_sent_over_the_socket_is_counted_not_fetched() -> None:
    output = {"images": [{"source": "websocket", "content-type": "image/png", "type": "output"}] * 3}
    assert sent_over_socket(output) == 3
    assert output_files("4", output) == ()
    assert read_finished({"outputs": {"4": output}}) == Finished((), None, (), {"4": 3})


def test_a_history_tells_its_texts() -> None:
    finished = read_finished({"outputs": {"4": {"text": ["a", "b"]}}})
    assert finished.texts == (OutputText("4", "a"), OutputText("4", "b"))


def test_a_latent_is_for_nobody_unless_there_is_nothing_else(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, "")
    latent, picture = OutputFile("5", "a.latent", "latents", "output"), OutputFile("8", "a.png", "", "output")
    preview = OutputFile("8", "p.png", "", "temp")
    assert [one.file for one in pick(pack, [latent, picture])] == [picture]
    assert [one.file for one in pick(pack, [latent, preview])] == [preview]
    assert [one.file for one in pick(pack, [latent])] == [latent]


def test_kinds_are_told_by_the_suffix_in_any_case() -> None:
    names = ["a.PNG", "a.webp", "a.mp4", "a.Opus", "a.glb", "a.txt", "a", "a.xyz"]
    kinds = ["picture", "picture", "video", "sound", "model", "text", "file", "file"]
    assert [kind_of(name) for name in names] == kinds


def test_texts_stand_in_the_message_as_long_as_there_is_room() -> None:
    shown, long = split_texts(["a" * 400, "b" * 800, "c" * 400])
    assert shown == ("a" * 400, "c" * 400)
    assert long == ("b" * 800,)


def test_a_skipped_output_is_named_with_the_node_that_spoiled_it() -> None:
    graph = coloured("1") | saved("2", "1", "Big one") | saved("3", "1", "Other")
    fault = NodeFault("1", "EmptyImage", "value_bigger_than_max", "m", "d", "width", 99999, ("2", "3"))
    assert explain_skipped([fault], graph) == (
        "Skipped “Big one” and “Other”: “EmptyImage”: width `99999` is out of range.",
    )
    many = explain_skipped([fault] * 9, graph)
    assert len(many) == 4
    assert many[-1] == "… and 6 more faults of this kind."
