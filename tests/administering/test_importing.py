"""What administrators hand over -> a graph: both formats, images, and everything that is neither."""

import json
from pathlib import Path

import pytest

from bot import pictures
from bot.errors import PackError
from bot.workflows.imports.carried import Carried, carried_in
from bot.workflows.imports.editor_format import import_graph, unfit
from tests.administering.drawings import BYPASSED, MUTED, SUBGRAPH, Drawing, drawing, find, nested, with_subgraph
from tests.comfyui_server.graphs import model_free, txt2img
from tests.workflows.known import info_of

INFO = info_of(
    json.loads((Path(__file__).parents[1] / "comfyui_server" / "object_info-0.33.0.json").read_text(encoding="utf-8"))
)


def refused(content: object) -> tuple[str, ...]:
    with pytest.raises(PackError) as caught:
        import_graph("foxes", content if isinstance(content, str | bytes) else json.dumps(content), INFO)
    return caught.value.faults


def test_what_was_exported_stays_as_it_is() -> None:
    assert import_graph("foxes", json.dumps(txt2img(seed=1)), INFO) == txt2img(seed=1)


@pytest.mark.parametrize("remark", ["made by a person", {"title": "Fox"}, ["a", "b"], None, 1.5])
def test_what_somebody_wrote_beside_the_nodes_is_left_out(remark: object) -> None:
    remarked = {"_meta": remark, **txt2img(seed=1), "comment": remark}
    assert import_graph("fox", json.dumps(remarked), INFO) == import_graph("fox", json.dumps(txt2img(seed=1)), INFO)
    sent = {"prompt": remarked, "client_id": "me"}
    assert import_graph("fox", json.dumps(sent), INFO) == import_graph("fox", json.dumps(txt2img(seed=1)), INFO)


@pytest.mark.parametrize(
    ("drawn", "sent"),
    [
        ("%date:yyyy-MM-dd%/fox", "%year%-%month%-%day%/fox"),
        ("a_%date:yy.M.d_hhmmss%_%width%", "a_%year%.%month%.%day%_%hour%%minute%%second%_%width%"),
        ("100% fox", "100% fox"),
        ("%KSampler.seed%", "%KSampler.seed%"),
    ],
)
def test_a_date_in_a_files_name_is_one_that_the_server_fills_in(drawn: str, sent: str) -> None:
    graph = txt2img(seed=1)
    graph["9"]["inputs"]["filename_prefix"] = drawn
    assert import_graph("fox", json.dumps(graph), INFO)["9"]["inputs"]["filename_prefix"] == sent


def test_what_a_server_adds_is_taken_off() -> None:
    graph = model_free(color=1)
    added = json.loads(json.dumps(graph))
    added["1"]["is_changed"] = ["x"]
    added["1"]["_meta"] = {"title": "Colour", "secret": 1}
    assert import_graph("foxes", json.dumps(added), INFO) == {
        **graph,
        "1": {**graph["1"], "_meta": {"title": "Colour"}},
    }


def test_a_drawing_becomes_a_graph() -> None:
    graph = import_graph("foxes", json.dumps(drawing()), INFO)
    assert set(graph) == {"3", "4", "5", "6", "7", "8", "9"}
    assert graph["3"]["inputs"] == {
        "seed": 42,
        "steps": 3,  # the primitive's, not the sampler's own 20
        "cfg": 7.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        "model": ["4", 0],  # past the bypassed LoRA
        "positive": ["6", 0],  # past the reroute
        "negative": ["7", 0],
        "latent_image": ["5", 0],
    }
    assert graph["6"].get("_meta") == {"title": "My prompt"}
    assert graph["9"].get("_meta") == {"title": "Save Image"}
    assert unfit(graph, INFO) == ()


def test_a_model_that_only_its_author_has_keeps_its_name() -> None:
    graph = import_graph("foxes", json.dumps(drawing()), INFO)
    assert graph["4"]["inputs"] == {"ckpt_name": "tiny.safetensors"}


def test_a_subgraph_is_taken_apart_and_its_widgets_count() -> None:
    graph = import_graph("foxes", json.dumps(with_subgraph()), INFO)
    (encoder,) = [one for one in graph.values() if one.get("_meta") == {"title": "Inner"}]
    assert encoder["inputs"] == {"text": "a fox in a subgraph", "clip": ["4", 1]}
    assert unfit(graph, INFO) == ()


@pytest.mark.parametrize("mode", [MUTED, BYPASSED])
def test_nothing_runs_in_a_subgraph_that_is_switched_off(mode: int) -> None:
    drawn = with_subgraph()
    find(drawn, 6)["mode"] = mode
    graph = import_graph("foxes", json.dumps(drawn), INFO)
    assert not any(one.get("_meta") == {"title": "Inner"} for one in graph.values())
    assert unfit(graph, INFO) == ("“KSampler” (KSampler): nothing is connected to positive",)


def test_what_a_muted_node_feeds_is_not_connected() -> None:
    drawn = drawing()
    find(drawn, 5)["mode"] = MUTED
    graph = import_graph("foxes", json.dumps(drawn), INFO)
    assert "latent_image" not in graph["3"]["inputs"]
    assert unfit(graph, INFO) == ("“KSampler” (KSampler): nothing is connected to latent_image",)


def test_widgets_by_name_are_read_too() -> None:
    drawn = drawing()
    find(drawn, 5)["widgets_values"] = {"batch_size": 2, "height": 96, "width": 80, "videopreview": {"hidden": True}}
    graph = import_graph("foxes", json.dumps(drawn), INFO)
    assert graph["5"]["inputs"] == {"width": 80, "height": 96, "batch_size": 2}


def test_a_node_that_no_server_has_is_named_with_the_way_round_it() -> None:
    drawn = drawing()
    find(drawn, 5)["type"] = "SuperLatent"
    first, last = refused(drawn)
    assert "SuperLatent" in first
    assert "Export (API)" in last


def test_instructions_to_the_converter_are_not_followed() -> None:
    drawn = drawing()
    drawn["extra"] = {"autograph": {"meta": {"nodes": {"3": {"class_type": "Evil"}}}}}
    assert import_graph("foxes", json.dumps(drawn), INFO) == import_graph("foxes", json.dumps(drawing()), INFO)


@pytest.mark.parametrize("drawn", [nested(6, 10), nested(1, 3000), nested(30, 1)], ids=["many", "wide", "deep"])
def test_subgraphs_that_would_explode_are_refused_before_they_do(drawn: Drawing) -> None:
    assert "nodes" in refused(drawn)[0]


def test_a_subgraph_that_holds_itself_is_refused() -> None:
    drawn = with_subgraph()
    drawn["definitions"]["subgraphs"][0]["nodes"][0]["type"] = SUBGRAPH
    assert "nodes" in refused(drawn)[0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        b"\xff\xfe\x00",
        "[1, 2]",
        "null",
        "{",
        "[" * 100_000,
        " " * 3_000_000,
        {"nodes": []},
        {"nodes": [1, None], "links": []},
        {"nodes": [{"id": 1}], "links": 3},
        {"nodes": [{"id": "x", "type": 5, "inputs": 3}], "links": [[1]]},
        {"nodes": [], "links": [], "definitions": {"subgraphs": [{"id": "x", "nodes": 5}]}},
        {"nodes": [{"type": "x"}], "links": [], "definitions": {"subgraphs": [{"id": "x", "nodes": 5}]}},
    ],
)
def test_what_is_no_workflow_is_refused(content: object) -> None:
    assert all(refused(content))


def test_a_picture_carries_what_ran_or_what_was_drawn() -> None:
    assert carried_in({"prompt": "{1}", "workflow": "{2}"}) == Carried("{1}", "{2}")
    assert carried_in({"workflow": "{2}"}) == Carried(drawn="{2}")
    assert not carried_in({"parameters": "steps 20", "prompt": "a cat"})
    assert pictures.texts(b"no picture") == {}
    assert pictures.texts(pictures.sample()) == {}


def test_a_workflow_without_an_output_makes_nothing() -> None:
    graph = txt2img()
    del graph["9"]
    assert "Save Image" in unfit(graph, INFO)[0]
