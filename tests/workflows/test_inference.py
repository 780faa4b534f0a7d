"""A graph that comes without a manifest offers what its author would have written into one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import PackError
from bot.workflows import Pack, bind
from bot.workflows.graphs.parameters import MAX_SEED
from bot.workflows.library.specs import sharpen
from bot.workflows.manifests.inference import infer
from bot.workflows.manifests.pack import load_pack, make_pack
from bot.workflows.manifests.targets import written
from tests.workflows.drawings import SAMPLES, Sample, base_and_refiner, flux, inpaint, text_to_image, unclear_passes
from tests.workflows.drawings.conditioning import regional
from tests.workflows.known import known, recorded, specs

each_sample = pytest.mark.parametrize("draw", SAMPLES, ids=[draw.__name__ for draw in SAMPLES])

OPEN_ENDED = {"SaveVideo"}
"""Classes whose inputs depend on each other in the editor."""


def pack_of(sample: Sample, **chosen: str) -> Pack:
    return make_pack("sample", json.dumps(sample.graph), None, chosen)


@each_sample
def test_every_parameter_of_a_graph_is_found_and_no_other(draw: Callable[[], Sample]) -> None:
    sample = draw()
    inferred = infer(sample.graph)
    targets = {name: tuple(written(sample.graph, one) for one in found) for name, found in inferred.targets.items()}
    assert targets == dict(sample.expected)
    assert {one.parameter: one.candidates for one in inferred.ambiguities} == dict(sample.unclear)


@each_sample
def test_what_is_found_fits_what_a_server_knows(draw: Callable[[], Sample]) -> None:
    sample = draw()
    pack = pack_of(sample, **{name: candidates[0] for name, candidates in sample.unclear.items()})
    for parameter in pack.parameters.values():
        sharper = sharpen(parameter, pack.graph, known())
        assert sharper.type == parameter.type
        assert sharper.label
        assert sharper.description
        if parameter.type in {"integer", "number"}:
            assert sharper.min is not None
            assert sharper.max is not None
            assert sharper.min < sharper.max


def test_a_workflow_without_a_manifest_is_a_pack(tmp_path: Path) -> None:
    (tmp_path / "my_cats.json").write_text(json.dumps(text_to_image().graph), encoding="utf-8")
    pack = load_pack(tmp_path / "my_cats.json")
    assert pack.title == "My cats"
    assert list(pack.parameters) == [
        *("prompt", "negative", "seed", "width", "height", "count", "steps", "cfg", "checkpoint")
    ]
    assert [name for name, one in pack.parameters.items() if one.required] == ["prompt"]
    assert pack.parameters["seed"].max == MAX_SEED
    assert pack.parameters["count"].max == 4
    assert pack.parameters["checkpoint"].server_choices
    assert pack.notes == ()
    graph = bind(pack, {"prompt": "two cats", "seed": 5, "width": 640})
    assert graph["2"]["inputs"]["text"] == "two cats"
    assert (graph["5"]["inputs"]["seed"], graph["4"]["inputs"]["width"]) == (5, 640)


def test_pictures_are_required_and_the_strength_is_a_number() -> None:
    parameters = pack_of(inpaint()).parameters
    assert [name for name, one in parameters.items() if one.required] == ["prompt", "image", "mask"]
    assert {parameters["image"].type, parameters["mask"].type} == {"image"}
    assert (parameters["denoise"].min, parameters["denoise"].max) == (0, 1)


def test_what_the_author_took_himself_is_allowed() -> None:
    graph = text_to_image().graph
    graph["4"]["inputs"] |= {"width": 4096, "batch_size": 9}
    graph["5"]["inputs"]["steps"] = 120
    parameters = make_pack("sample", json.dumps(graph), None).parameters
    assert [parameters[name].max for name in ("width", "count", "steps")] == [4096, 9, 120]


def test_an_unclear_prompt_is_refused_with_its_candidates() -> None:
    with pytest.raises(PackError) as raised:
        pack_of(unclear_passes())
    (fault,) = raised.value.faults
    assert fault == "it is not clear what the prompt is: 2.text or 3.text; say which in sample.toml"


def test_what_is_unclear_can_be_settled() -> None:
    pack = pack_of(unclear_passes(), prompt="3.text")
    assert [written(pack.graph, one) for one in pack.parameters["prompt"].targets] == ["3.text"]
    assert pack.parameters["prompt"].required


def test_what_is_known_as_something_else_is_no_candidate() -> None:
    graph = unclear_passes().graph
    graph["3"]["_meta"]["title"] = "Negative Prompt"
    targets = {name: one.targets for name, one in make_pack("sample", json.dumps(graph), None).parameters.items()}
    assert [written(graph, one) for one in targets["prompt"]] == ["CLIP Text Encode (Prompt).text"]
    assert [written(graph, one) for one in targets["negative"]] == ["Negative Prompt.text"]


def test_what_else_is_unclear_is_left_out_and_noted() -> None:
    pack = pack_of(base_and_refiner())
    assert "checkpoint" not in pack.parameters
    (note,) = pack.notes
    assert (
        note
        == "it is not clear what the checkpoint is: base.ckpt_name or refiner.ckpt_name; the graph keeps its own value"
    )


def test_a_choice_that_is_no_target_is_a_fault() -> None:
    with pytest.raises(PackError, match=r"prompt: 'nobody\.text': no such node"):
        pack_of(unclear_passes(), prompt="nobody.text")


def test_a_manifest_goes_before_inference(tmp_path: Path) -> None:
    (tmp_path / "cats.json").write_text(json.dumps(flux().graph), encoding="utf-8")
    (tmp_path / "cats.toml").write_text('title = "Cats"\n', encoding="utf-8")
    assert load_pack(tmp_path / "cats.json").parameters == {}


@each_sample
def test_the_samples_are_graphs_that_a_server_takes(draw: Callable[[], Sample]) -> None:
    graph = draw().graph
    for node in graph.values():
        assert node["class_type"] in recorded() or "Reroute" in node["class_type"]
        for name, (required, _, _) in (specs(node["class_type"]) if node["class_type"] in recorded() else {}).items():
            assert name in node["inputs"] or not required or node["class_type"] in OPEN_ENDED


def test_prompts_of_several_regions_say_which_is_which() -> None:
    parameters = pack_of(regional()).parameters
    assert [parameters[name].label for name in ("prompt", "prompt_2")] == ["Prompt", "Prompt 2"]
    assert parameters["prompt_2"].description == "Right side: what to generate, in your own words"
    assert [parameters[name].required for name in ("prompt", "prompt_2")] == [True, False]
