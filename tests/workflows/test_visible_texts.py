"""Which texts of a graph can show in an image, and which only say what it should not show."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.workflows.library.visible_texts import VisibleText, own_texts, visible_texts
from tests.comfyui_server.graphs import model_free
from tests.commands.packs import PAINT, PAINT_MANIFEST, pack

GUIDED = PAINT_MANIFEST + '[parameters.guidance]\ntarget = ["KSampler.cfg"]\n'


def shown(
    folder: Path, values: Mapping[str, object], more: Mapping[str, Any] | None = None, manifest: str = GUIDED
) -> set[str]:
    texts = visible_texts(pack(folder, {**PAINT, **(more or {})}, manifest), {"prompt": "a sky", **values})
    return {one.text for one in texts}


def sampler(**inputs: object) -> dict[str, Any]:
    return {**PAINT["3"], "inputs": {**PAINT["3"]["inputs"], **inputs}}


@pytest.mark.parametrize(("guidance", "paints"), [(0, True), (0.99, True), (1, False), (7.5, False)])
def test_the_negative_prompt_shows_below_a_guidance_of_one(tmp_path: Path, guidance: float, paints: bool) -> None:
    assert ("rain" in shown(tmp_path, {"negative": "rain", "guidance": guidance})) is paints


def test_the_workflows_own_guidance_counts(tmp_path: Path) -> None:
    weak = {"3": sampler(cfg=0.5)}
    assert "rain" in shown(tmp_path, {"negative": "rain"}, weak, PAINT_MANIFEST)
    assert "rain" not in shown(tmp_path, {"negative": "rain"}, None, PAINT_MANIFEST)
    assert "rain" not in shown(tmp_path, {"negative": "rain", "guidance": 5}, weak)


def test_a_guidance_that_is_held_by_another_node_counts(tmp_path: Path) -> None:
    held = {"3": sampler(cfg=["20", 0]), "20": {"class_type": "PrimitiveFloat", "inputs": {"value": 0.2}}}
    assert "rain" in shown(tmp_path, {"negative": "rain"}, held, PAINT_MANIFEST)
    held["20"]["inputs"]["value"] = 4.0
    assert "rain" not in shown(tmp_path, {"negative": "rain"}, held, PAINT_MANIFEST)


def test_a_guidance_that_only_a_run_can_tell_may_be_below_one(tmp_path: Path) -> None:
    computed = {"20": {"class_type": "Random", "inputs": {"low": 0.1, "high": ["21", 0]}}}
    computed["21"] = {"class_type": "Other", "inputs": {}}
    assert "rain" in shown(tmp_path, {"negative": "rain"}, {"3": sampler(cfg=["20", 0]), **computed}, PAINT_MANIFEST)


def test_one_weak_sampler_of_two_is_enough(tmp_path: Path) -> None:
    second = {"30": sampler(cfg=0.0, latent_image=["3", 0]), "8": {**PAINT["8"], "inputs": {**PAINT["8"]["inputs"]}}}
    second["8"]["inputs"]["samples"] = ["30", 0]
    second["30"].pop("_meta", None)
    assert "rain" in shown(tmp_path, {"negative": "rain"}, second, PAINT_MANIFEST)


def test_a_negative_that_is_wired_as_a_positive_shows(tmp_path: Path) -> None:
    turned = {"3": sampler(positive=["7", 0], negative=["6", 0])}
    assert "rain" in shown(tmp_path, {"negative": "rain"}, turned)


def test_a_weight_below_zero_turns_a_negative_round(tmp_path: Path) -> None:
    assert "(rain:-1)" in shown(tmp_path, {"negative": "(rain:-1)"})
    assert "(rain:1.1)" not in shown(tmp_path, {"negative": "(rain:1.1)"})


def test_text_that_the_workflow_brings_is_its_own(tmp_path: Path) -> None:
    manifest = GUIDED.replace(
        'target = ["positive.text"]', 'target = ["positive.text"]\ntemplate = "oil, {value}, canvas"'
    )
    made = pack(tmp_path, PAINT, manifest)
    texts = visible_texts(made, {"prompt": "a sky"})
    assert VisibleText("oil, a sky, canvas", "prompt") in texts
    assert VisibleText("oil,  , canvas", "workflow") in texts
    assert own_texts(made) == ("oil,  , canvas",)


def test_a_choice_of_the_authors_is_read_as_well(tmp_path: Path) -> None:
    manifest = '[parameters.mood]\ntarget = ["positive.text"]\nchoices = ["a calm sea", "a storm"]\n'
    made = pack(tmp_path, PAINT, manifest)
    assert [one.text for one in visible_texts(made, {"mood": "a storm"})] == ["a storm"]


def test_names_of_samplers_and_files_are_no_texts(tmp_path: Path) -> None:
    assert shown(tmp_path, {}) == {"a sky"}


def test_a_graph_without_a_sampler_is_read_by_its_inputs_names(tmp_path: Path) -> None:
    graph = model_free() | {
        "20": {"class_type": "Painter", "inputs": {"prompt": "a storm", "negative_prompt": "rain", "mode": "fast"}},
        "21": {"class_type": "SaveImage", "inputs": {"images": ["20", 0], "filename_prefix": "x"}},
    }
    assert own_texts(pack(tmp_path, graph, 'title = "T"\n[parameters.mode]\ntarget = ["20.mode"]\n')) == ("a storm",)
    graph["20"]["inputs"]["cfg"] = 0.5
    assert "rain" in own_texts(pack(tmp_path, graph, 'title = "T"\n[parameters.mode]\ntarget = ["20.mode"]\n'))
