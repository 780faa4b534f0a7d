"""Outputs by their shape: texts, counts, kinds, and what is not for members."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.comfyui.protocol.answers import Finished, read_finished
from bot.errors import NodeFault
from bot.messages import explain_skipped, split_texts
from bot.workflows import OutputFile, OutputText, kind_of, output_files, pick, read_outputs
from bot.workflows.outputs.node_outputs import MOST_CHARACTERS, MOST_FILES, MOST_SPARE_CHARACTERS, MOST_TEXTS
from tests.outputs.ordering import coloured, saved
from tests.workflows.samples import pack_of


def texts(output: object) -> list[str]:
    return [text.text for text in read_outputs({"3": output}).texts]


def spare(output: object) -> list[str]:
    return [text.text for text in read_outputs({"3": output}).spare_texts]


def test_texts_are_found_and_paths_are_not_texts() -> None:
    words = [
        "A fox.",
        "",
        "  ",
        None,
        "/srv/ComfyUI/output/a.txt",
        "C:\\out\\a.txt",
        "\\\\nas\\out",
        "1/2 cup",
        "/imagine it",
    ]
    assert texts({"text": words}) == ["A fox.", "1/2 cup", "/imagine it"]


@pytest.mark.parametrize("key", ["text", "texts", "string", "tags", "value", "caption", "positive_prompt", "Text_0"])
@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a fox", ["a fox"]),
        (["a fox"], ["a fox"]),
        (["a fox", "a hare"], ["a fox", "a hare"]),
        ([["a fox"], [["a hare"]]], ["a fox", "a hare"]),
        ({"1": "a fox"}, ["a fox"]),
        # What ComfyUI makes of a node's string that is in no list.
        (list("a fox"), ["a fox"]),
        (["1girl, solo", "no humans"], ["1girl, solo", "no humans"]),
        # It may be what a member typed, and the file somebody else's.
        (["ComfyUI_00001_.png"], ["ComfyUI_00001_.png"]),
    ],
)
def test_a_text_is_found_under_any_name_for_one(key: str, value: object, found: list[str]) -> None:
    assert texts({key: value}) == found
    assert output_files("3", {key: value}) == ()


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("a fox", ["a fox"]),
        (["a fox"], ["a fox"]),
        ({"whatever": ["a fox"]}, ["a fox"]),
        ({"positive": "a fox"}, ["a fox"]),
        ({"value": [42, 1.5, True]}, ["42", "1.5"]),
        ({"video_url": ["https://example.com/a.mp4"]}, ["https://example.com/a.mp4"]),
        ({"mask": ["data:image/png;base64,AAAA"], "format": "video/h264", "metadata": {"prompt": "x"}}, []),
    ],
)
def test_what_nobody_calls_a_text_is_spare(output: object, found: list[str]) -> None:
    """Shown only where there is nothing else."""
    assert texts(output) == []
    assert spare(output) == found


@pytest.mark.parametrize("output", [None, [], 7, {"text": None}, {"images": []}, {"text": [[1, []], {}]}])
def test_what_is_no_text_is_none(output: object) -> None:
    assert texts(output) == []


@pytest.mark.parametrize("key", ["images", "gifs", "audio", "3d", "video", "whatever"])
def test_files_are_found_under_any_name(key: str) -> None:
    item = {"filename": "a.bin", "subfolder": "s", "type": "output", "fullpath": "/srv/a.bin", "format": "video/h264"}
    assert output_files("4", {key: [item], "animated": [True]}) == (OutputFile("4", "a.bin", "s", "output"),)


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ({"images": [{"filename": "a.png", "type": "temp"}]}, ("a.png", "", "temp")),
        ({"images": [{"filename": "a.png", "type": "temp", "subfolder": None}]}, ("a.png", "", "temp")),
        ({"images": [{"filename": "a.png"}]}, ("a.png", "", "output")),
        ({"images": [{"filename": "a.png", "subfolder": "s", "type": None}]}, ("a.png", "s", "output")),
        ({"images": [{"filename": "a.png", "type": "image/png"}]}, ("a.png", "", "output")),
        ({"images": [{"filename": "s/t/a.png", "subfolder": "r"}]}, ("a.png", "r/s/t", "output")),
        ({"images": [{"filename": "s\\a.png", "subfolder": ""}]}, ("a.png", "s", "output")),
        ({"images": {"filename": "a.png", "subfolder": "s\\t"}}, ("a.png", "s\\t", "output")),
        ({"images": [[{"filename": "a.png"}]]}, ("a.png", "", "output")),
        ({"result": [{"mesh": {"filename": "a.glb"}}]}, ("a.glb", "", "output")),
        ({"filename": "a.png"}, ("a.png", "", "output")),
        ([{"filename": "a.png"}], ("a.png", "", "output")),
        ({"videos": [{"name": "a.mp4", "subfolder": "s", "type": "output"}]}, ("a.mp4", "s", "output")),
        ({"audio": ["ComfyUI_00001_.mp3"]}, ("ComfyUI_00001_.mp3", "", "output")),
        ({"audio": "ComfyUI_00001_.mp3"}, ("ComfyUI_00001_.mp3", "", "output")),
        ({"audio": list("a_00001_.mp3")}, ("a_00001_.mp3", "", "output")),
        ({"video": ["sub/x.mp4"]}, ("x.mp4", "sub", "output")),
        ({"video": ["sub\\x.MP4"]}, ("x.MP4", "sub", "output")),
        ({"images": ["preview 1.png [temp]"]}, ("preview 1.png", "", "temp")),
        ({"result": ["3d/mesh.glb", {"position": [0, 1]}, None]}, ("mesh.glb", "3d", "output")),
        ({"gifs": [{"filename": "a.mp4", "workflow": "a.png", "fullpath": "/srv/a.mp4"}]}, ("a.mp4", "", "output")),
    ],
)
def test_a_file_is_found_in_any_shape(output: object, found: tuple[str, str, str]) -> None:
    assert output_files("4", output) == (OutputFile("4", *found),)


@pytest.mark.parametrize(
    "name",
    [
        "../a.png",
        "s/../../a.png",
        "..\\a.png",
        "/srv/a.png",
        "\\a.png",
        "\\\\nas\\a.png",
        "C:\\out\\a.png",
        "c:/out/a.png",
        "~/a.png",
        "file:///srv/a.png",
        "a\0.png",
        "x" * 2000 + ".png",
    ],
)
def test_nothing_outside_the_servers_own_folders_is_a_file(name: str) -> None:
    for output in (
        {"images": [name]},
        {"images": [{"filename": name}]},
        {"images": [{"filename": "a.png", "subfolder": name}]},
    ):
        assert output_files("4", output) == (), output


@pytest.mark.parametrize("name", ["", "s/", "s\\", "."])
def test_what_names_a_folder_is_no_file(name: str) -> None:
    assert output_files("4", {"images": [name, {"filename": name}, {"filename": name, "subfolder": "s"}]}) == ()


@pytest.mark.parametrize(
    "output",
    [
        {"images": ["https://example.com/a.png"]},
        {"images": ["a.png [input]"]},
        {"images": ["a fox"]},
        {"images": ["a.safetensors"]},
        {"positive": ["a.png"]},
        {"image_caption": ["a.png"]},
        {"camera_info": ["a.png"]},
        "a.png",
    ],
)
def test_a_bare_string_is_no_file_where_it_may_be_anything(output: object) -> None:
    assert output_files("4", output) == ()


def test_only_a_bare_name_is_a_guess() -> None:
    found = output_files("4", {"audio": ["a.mp3", {"filename": "b.mp3"}]})
    assert [(file.filename, file.guessed) for file in found] == [("a.mp3", True), ("b.mp3", False)]


def test_what_was_sent_over_the_socket_is_counted_not_fetched() -> None:
    output = {"images": [{"source": "websocket", "content-type": "image/png", "type": "output"}] * 3}
    found = read_outputs({"4": output})
    assert (found.sent, found.files, found.texts, found.spare_texts) == ({"4": 3}, (), (), ())
    assert read_finished({"outputs": {"4": output}}) == Finished((), None, (), {"4": 3})


def test_a_history_tells_its_texts() -> None:
    finished = read_finished({"outputs": {"4": {"text": ["a fox", "b"]}}})
    assert finished.texts == (OutputText("4", "a fox"), OutputText("4", "b"))


# --- Whatever is in it


def test_no_nesting_is_too_deep() -> None:
    deep: object = {"filename": "a.png"}
    for _ in range(100_000):
        deep = [deep]
    try:
        assert output_files("4", {"images": deep}) == (OutputFile("4", "a.png", "", "output"),)
    finally:
        # Freed from the outside in: otherwise the interpreter itself would dive.
        while isinstance(deep, list):
            deep = deep.pop()


def test_what_is_kept_is_bounded() -> None:
    outputs = {
        str(node): {"images": [{"filename": f"{number}.png"} for number in range(500)], "text": ["word " * 2000] * 500}
        for node in range(20)
    }
    found = read_outputs({**outputs, "x": {"whatever": ["word " * 2000] * 500}})
    assert len(found.files) == MOST_FILES
    assert len(found.texts) <= MOST_TEXTS
    assert sum(len(text.text) for text in found.texts) <= MOST_CHARACTERS
    assert sum(len(text.text) for text in found.spare_texts) <= MOST_SPARE_CHARACTERS


def test_a_text_that_is_cut_says_so() -> None:
    (found,) = texts({"text": "x" * 2_000_000})
    assert len(found) == MOST_CHARACTERS
    assert found.endswith("x…")


class Counted(list[object]):
    """A list that counts how often one of its items is asked for."""

    asked = 0

    def __iter__(self) -> Iterator[object]:
        for item in super().__iter__():
            Counted.asked += 1
            yield item


@pytest.mark.parametrize("item", ["a.png", "a fox", "x", {"filename": "a.png"}, [], 7])
def test_the_work_grows_no_faster_than_the_outputs(item: object) -> None:
    def steps(size: int) -> int:
        Counted.asked = 0
        read_outputs({"1": {"images": Counted([item] * size), "text": Counted([item] * size)}})
        return Counted.asked

    assert steps(20_000) <= 10.5 * steps(2_000)


def test_a_latent_is_for_nobody_unless_there_is_nothing_else(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, "")
    latent, picture = OutputFile("5", "a.latent", "latents", "output"), OutputFile("8", "a.png", "", "output")
    preview = OutputFile("8", "p.png", "", "temp")
    assert [one.file for one in pick(pack, [latent, picture])] == [picture]
    assert [one.file for one in pick(pack, [latent, preview])] == [preview]
    assert [one.file for one in pick(pack, [latent])] == [latent]


def test_kinds_are_told_by_the_suffix_in_any_case() -> None:
    names = ["a.PNG", "a.webp", "a.tif", "a.apng", "a.mp4", "a.Opus", "a.glb", "a.txt", "a", "a.xyz"]
    kinds = ["image", "image", "image", "image", "video", "audio", "model", "text", "file", "file"]
    assert [kind_of(name) for name in names] == kinds


def test_texts_stand_in_the_message_as_long_as_there_is_room() -> None:
    shown, long = split_texts(["a" * 400, "b" * 800, "c" * 400])
    assert shown == ("a" * 400, "c" * 400)
    assert long == ("b" * 800,)


def test_a_skipped_output_is_named_with_the_node_that_spoiled_it() -> None:
    graph = coloured("1") | saved("2", "1", "Big one") | saved("3", "1", "Other")
    fault = NodeFault("1", "EmptyImage", "value_bigger_than_max", "m", "d", "width", 99999, ("2", "3"))
    assert explain_skipped([fault], graph) == (
        "Skipped “Big one”, “Other”: “EmptyImage”: width `99999` is out of range.",
    )
    many = explain_skipped([fault] * 9, graph)
    assert len(many) == 4
    assert many[-1] == "… and 6 more like these."
