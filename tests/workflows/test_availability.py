"""What a server lacks for a pack: node classes, and models that nobody can choose others for."""

import json
from typing import Any

import pytest

from bot.workflows import Graph, Missing, ObjectInfo
from bot.workflows.library.availability import missing
from bot.workflows.manifests.pack import make_pack
from tests.workflows.known import info_of

OLD, NEW = "old", "new"
each_form = pytest.mark.parametrize("form", [OLD, NEW])

GRAPH: Graph = {
    "1": {"class_type": "Loader", "inputs": {"ckpt_name": "mine.safetensors"}, "_meta": {"title": "Load it"}},
    "2": {"class_type": "Save", "inputs": {"images": ["1", 0], "style": "bold"}},
}


def combo(form: str, *choices: str, **config: Any) -> list[Any]:  # noqa: ANN401 - what a server may say
    return [list(choices), config] if form == OLD else ["COMBO", {"options": list(choices), **config}]


def server(form: str, *models: str, **more: Any) -> ObjectInfo:  # noqa: ANN401
    return info_of(
        {
            "Loader": {"input": {"required": {"ckpt_name": combo(form, *models)}}},
            "Save": {"input": {"required": {"images": ["IMAGE"]}, "optional": {"style": combo(form, "thin")}}},
            **more,
        }
    )


def lacks(info: ObjectInfo, manifest: str = "", graph: Graph = GRAPH) -> tuple[Missing, ...]:
    return missing(make_pack("x", json.dumps(graph), manifest), info)


@each_form
def test_nothing_is_missing_where_the_model_is_there(form: str) -> None:
    assert lacks(server(form, "other.safetensors", "mine.safetensors")) == ()


@each_form
def test_a_model_that_is_not_there_is_named(form: str) -> None:
    assert lacks(server(form, "other.safetensors")) == (Missing("Load it", "Loader", "ckpt_name", "mine.safetensors"),)


@each_form
def test_any_model_will_do_where_members_may_choose(form: str) -> None:
    manifest = '[parameters.model]\ntarget = "Load it.ckpt_name"\nchoices = "server"'
    assert lacks(server(form, "other.safetensors"), manifest) == ()
    assert lacks(server(form), manifest) == (Missing("Load it", "Loader", "ckpt_name", "mine.safetensors"),)


@each_form
def test_a_model_that_the_operator_has_set_must_be_there(form: str) -> None:
    manifest = '[parameters.model]\ntarget = "Load it.ckpt_name"\nhidden = "his.safetensors"'
    assert lacks(server(form, "his.safetensors"), manifest) == ()
    assert lacks(server(form, "mine.safetensors"), manifest) == (
        Missing("Load it", "Loader", "ckpt_name", "his.safetensors"),
    )


def test_a_class_that_is_not_there_is_named() -> None:
    assert lacks(info_of({"Loader": {}})) == (Missing("Save", "Save"),)
    assert lacks(info_of({})) == (Missing("Load it", "Loader"), Missing("Save", "Save"))


def test_a_picture_that_members_give_is_never_missing() -> None:
    graph: Graph = {"1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}}}
    info = info_of({"LoadImage": {"input": {"required": {"image": combo(OLD, image_upload=True)}}}})
    assert missing(make_pack("x", json.dumps(graph), None), info) == ()


@pytest.mark.parametrize(
    "entry",
    [
        *(None, 3, [], {}, {"input": None}, {"input": []}, {"input": {"required": []}}),
        {"input": {"required": {"ckpt_name": None}}},
        {"input": {"required": {"ckpt_name": []}}},
        {"input": {"required": {"ckpt_name": ["COMBO", {"options": 3}]}}},
        {"input": {"required": {"ckpt_name": ["COMBO", None]}}},
        {"input": {"required": {"ckpt_name": [{"odd": 1}, "x"]}}},
    ],
)
def test_a_custom_node_may_describe_itself_in_any_way(entry: object) -> None:
    found = lacks(info_of({"Loader": entry, "Save": {}}))
    assert all(one.class_type == "Loader" for one in found)
