"""The last wall: nothing reaches an input that names a file but what the server lists or an upload returned."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import BindError
from bot.workflows import ObjectInfo, Pack, bind
from bot.workflows.graphs.graph import Node
from bot.workflows.graphs.input_kinds import kind_of_input
from bot.workflows.manifests.pack import make_pack
from bot.workflows.safety.uploads import leaving
from tests.workflows.known import info_of, known, recorded, specs

PLACES = [
    *("/srv/private/a.png", "C:\\private\\a.png", "c:/private/a.png", "\\\\host\\share\\a.png", "//host/share/a.png"),
    *("~/a.png", "~root/a.png", "file:///srv/private/a.png", "file:/srv/a.png", "../../private/a.png", "a/../../b.png"),
    *(
        " /srv/private/a.png",
        '"/srv/private/a.png"',
        "a.png\n/srv/private/a.png",
        "sub\\..\\..\\b.png",
        "http://h/a.png",
    ),
    *('\u2003"/srv/a.png', "%2Fsrv/a.png", "%2e%2e/a.png", "..%5C..%5Ca.png", "$HOME/a.png", "${HOME}/a.png"),
    *("%APPDATA%\\a.png", "a.png,/srv/a.png", "a.png;C:\\a.png", "a.png|../../a.png", '["/srv/a.png"]', "a=~/a.png"),
    *("\\\\?\\C:\\a.png", "a.png\x85/srv/a.png", "a.png\0", "<lora:../../a:1>"),
]


def texts_and_choices() -> list[tuple[str, str]]:
    """Every text and combo input of ComfyUI's own nodes that are not other people's services."""
    return [
        (class_type, name)
        for class_type, entry in recorded().items()
        if not str(entry.get("python_module")).startswith("comfy_api")
        for name, (_, kind, _) in specs(class_type).items()
        if isinstance(kind, list) or kind in {"STRING", "COMBO"}
    ]


def node(class_type: str, **inputs: object) -> Node:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": "It"}}


def problems(pack: Pack, values: dict[str, object], info: ObjectInfo | None = None) -> list[str]:
    try:
        bind(pack, values, info or known())
    except BindError as fault:
        return [one.code for one in fault.problems]
    return []


def uploaded(graph: dict[str, Node], manifest: str = "") -> Pack:
    return replace(make_pack("x", json.dumps(graph), manifest), name="7/x")


def test_every_input_that_may_name_a_file_refuses_places() -> None:
    prompts = 0
    for class_type, name in texts_and_choices():
        graph = {"1": node(class_type, **{name: "/srv/private/a.png"})}
        if kind_of_input(known(), class_type, name) == "prompt":
            prompts += 1
            assert "CONDITIONING" in recorded()[class_type]["output"] or specs(class_type)[name][2].get("multiline")
            continue
        assert leaving(graph, [known()]) == (f"It.{name}",), (class_type, name)
        assert problems(uploaded(graph), {}) == ["outside"], (class_type, name)
    assert 0 < prompts < len(texts_and_choices()) / 2


@pytest.mark.parametrize("place", PLACES)
def test_an_image_is_taken_from_no_place(place: str) -> None:
    graph = {"1": node("LoadImage", image=place)}
    assert leaving(graph, [known()])
    assert problems(uploaded(graph), {}) == ["outside"]
    for key in ("hidden", "default"):
        manifest = f'[parameters.p]\ntarget = ["1.image"]\ntype = "string"\n{key} = {json.dumps(place)}'
        assert problems(uploaded({"1": node("LoadImage", image="example.png")}, manifest), {}) == ["outside"]


@pytest.mark.parametrize("place", PLACES)
def test_no_spelling_of_a_place_reaches_a_text_that_may_be_a_files_name(place: str) -> None:
    reading = info_of({"Reads": {"input": {"required": {"words": ["STRING", {}]}}, "output": ["IMAGE"]}})
    for value in (place, [place], {"__value__": [place]}, {place: 1}):
        graph = {"1": node("Reads", words=value)}
        assert leaving(graph, [reading])
        assert problems(uploaded(graph), {}, reading) == ["outside"]
    manifest = '[parameters.p]\ntarget = ["1.words"]\ntype = "string"'
    assert problems(make_pack("x", json.dumps({"1": node("Reads", words="x")}), manifest), {"p": place}, reading)


@pytest.mark.parametrize(
    "text", ["cats, and/or dogs", "%date:yyyy-MM-dd%/a..b", "(a:1.2), cat", "100% wool, 3/4 view", "{red|blue}/green"]
)
def test_what_names_no_place_may_be_written(text: str) -> None:
    reading = info_of({"Reads": {"input": {"required": {"words": ["STRING", {}]}}, "output": ["IMAGE"]}})
    assert problems(uploaded({"1": node("Reads", words=text)}), {}, reading) == []


@pytest.mark.parametrize("listed", [[], ["mine.mp4"]], ids=["empty", "listed"])
def test_a_list_of_files_takes_nothing_from_the_folders_of_others(listed: list[str]) -> None:
    """Custom loaders of videos say no more of their input than that it is a list, which may be empty."""
    loading = info_of({"VHS_LoadVideo": {"input": {"required": {"video": [listed, {}]}}, "output": ["IMAGE"]}})
    for name in ("theirs_00001.mp4 [output]", '"theirs_00001.mp4 [temp]"'):
        graph = {"1": node("VHS_LoadVideo", video=name)}
        assert leaving(graph, [loading])
        assert problems(uploaded(graph), {}, loading) == ["outside"]


@pytest.mark.parametrize("more", ["", "required = true", 'template = "/{value}"', 'template = "{value}"'])
def test_a_member_types_no_place_even_into_an_operators_pack(more: str) -> None:
    manifest = f'[parameters.p]\ntarget = ["1.image"]\ntype = "string"\n{more}'
    graph = {"1": node("LoadImage", image="example.png")}
    for pack in (uploaded(graph, manifest), make_pack("x", json.dumps(graph), manifest)):
        assert problems(pack, {"p": "/srv/private/a.png"}) == ["outside"]
        assert problems(pack, {"p": "srv/private/a.png"}) == ["outside"]
        assert problems(pack, {"p": "unlisted.png"}) == ["outside"]


def test_a_template_makes_no_place_of_an_upload() -> None:
    manifest = '[parameters.p]\ntarget = ["1.image"]\ntype = "image"\ntemplate = "/srv/{value}"'
    assert problems(uploaded({"1": node("LoadImage", image="example.png")}, manifest), {"p": "up.png"}) == ["outside"]


def test_what_an_upload_returned_is_taken_unlisted() -> None:
    pack = uploaded({"1": node("LoadImage", image="gone.png")}, '[parameters.p]\ntarget = ["1.image"]')
    assert problems(pack, {"p": "darkroom-1.png"}) == []
    assert problems(uploaded({"1": node("LoadImage", image="example.png")}), {}) == []
    assert problems(uploaded({"1": node("LoadImage", image="example.png [input]")}), {}) == []
    assert problems(uploaded({"1": node("LoadImage", image="example.png [output]")}), {}) == ["outside"]


def test_an_operators_own_graph_may_name_what_it_likes() -> None:
    graph = {"1": node("LoadImage", image="/srv/styles/a.png"), "2": node("Load", path="/srv/x", file="~/y")}
    assert problems(make_pack("x", json.dumps(graph), ""), {}) == []
    listed = '[parameters.p]\ntarget = ["2.path"]\nchoices = ["/srv/one", "/srv/two"]'
    assert problems(make_pack("x", json.dumps(graph), listed), {"p": "/srv/two"}) == []


@pytest.mark.parametrize(
    "words",
    ["/imagine a cat, and/or a dog", "1/2", "C: the letter", "~cute~", "../ what", "see http://h/x", "a/../b c"],
)
def test_a_prompt_may_hold_anything(words: str) -> None:
    manifest = '[parameters.prompt]\ntarget = ["1.text"]'
    graph = {"1": node("CLIPTextEncode", text=words)}
    for pack in (uploaded(graph, manifest), make_pack("x", json.dumps(graph), manifest)):
        assert problems(pack, {"prompt": words}) == []
    assert leaving(graph, [known()]) == () or words.startswith("../")


def test_a_text_that_other_nodes_pass_on_is_what_it_ends_in() -> None:
    words: Any = node("PrimitiveStringMultiline", value="/srv/private/a.png")
    joined = node("StringConcatenate", string_a=["1", 0], string_b="", delimiter="")
    prompt = {"1": words, "2": joined, "3": node("CLIPTextEncode", text=["2", 0])}
    assert problems(uploaded(prompt), {}) == []
    reading = info_of({**recorded(), "Reads": {"input": {"required": {"words": ["STRING", {}]}}, "output": ["IMAGE"]}})
    for class_type, name in (("Reads", "words"), ("LoadImage", "image")):
        graph = {"1": words, "2": joined, "3": node(class_type, **{name: ["2", 0]})}
        assert "outside" in problems(uploaded(graph), {}, reading)
        assert leaving(graph, [reading])


def test_a_custom_node_that_reads_files_is_known_by_what_it_is() -> None:
    def odd(**options: object) -> ObjectInfo:
        entry = {
            "input": {"required": {"text": ["STRING", options]}},
            "output": ["IMAGE"],
            "python_module": "custom_nodes.x",
        }
        return info_of({"Odd": entry})

    for info in (odd(), odd(multiline=True), odd(video_upload=True)):
        assert problems(uploaded({"1": node("Odd", text="/srv/private/a.png")}), {}, info) == ["outside"]
