"""The list of values that the editor keeps for a node, given to its inputs by name."""

from typing import Any

import pytest

from bot.workflows.graphs.widgets import widgets_of
from bot.workflows.imports.editor_widgets import settings
from tests.workflows.known import known


def values_of(class_type: str, values: object, **more: object) -> dict[str, object]:
    node: dict[str, Any] = {"type": class_type, "widgets_values": values, **more}
    return dict(settings(node, known()).values)


SAMPLER = {"seed": 5, "steps": 20, "cfg": 7.5, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}


@pytest.mark.parametrize(
    "values",
    [
        [5, "randomize", 20, 7.5, "euler", "normal", 1.0],
        # Before the editor kept what happens to a seed.
        [5, 20, 7.5, "euler", "normal", 1.0],
        # With what an extension has put between.
        [5, "fixed", {"type": "button"}, 20, 7.5, "euler", "normal", 1.0],
        [5, None, 20, 7.5, "euler", "normal"],
        {"seed": 5, "steps": 20, "cfg": 7.5, "sampler_name": "euler", "scheduler": "normal", "unheard_of": 1},
    ],
)
def test_a_samplers_values(values: object) -> None:
    assert values_of("KSampler", values) == SAMPLER


def test_what_a_file_is_too_old_for_has_its_default() -> None:
    assert values_of("DualCLIPLoader", ["a.safetensors", "b.safetensors", "flux"])["device"] == "default"
    assert values_of("CLIPVisionEncode", []) == {"crop": "center"}
    assert values_of("ImageCompare", []) == {"compare_view": ""}
    assert values_of("KSampler", None)["steps"] == 20


def test_a_model_that_the_server_lacks_keeps_its_name() -> None:
    values = values_of("CLIPLoader", ["mine.safetensors", "newer_type", "default"])
    assert values == {"clip_name": "mine.safetensors", "type": "newer_type", "device": "default"}


def test_a_choice_brings_its_own_widgets_along() -> None:
    values = values_of("ResizeImageMaskNode", ["scale by multiplier", 1.5, "lanczos"])
    assert values == {"resize_type": "scale by multiplier", "resize_type.multiplier": 1.5, "scale_method": "lanczos"}
    values = values_of("ResizeImageMaskNode", ["scale dimensions", 640, 480, "center", "area"])
    assert (values["resize_type.width"], values["resize_type.height"]) == (640, 480)


def test_choices_of_the_authors_own_stay_with_the_chosen_one() -> None:
    values = values_of("CustomCombo", ["9:16", 1, "16:9", "9:16", ""])
    assert values == {"choice": "9:16", "index": 1, "option1": "16:9", "option2": "9:16", "option3": ""}


def test_a_list_is_no_link() -> None:
    assert values_of("CreateBoundingBoxes", [])["editor_state"] == {"__value__": []}


def test_only_what_holds_a_value_is_a_widget() -> None:
    assert [one.name for one in widgets_of(known(), "KSampler")] == [*SAMPLER]
    assert widgets_of(known(), "VAEDecode") == ()
    assert widgets_of(known(), "No such class") == ()
    assert [one.name for one in widgets_of(known(), "Load3D")] == ["model_file", "image", "width", "height"]


def test_ten_thousand_values_take_no_time_to_speak_of() -> None:
    assert values_of("KSampler", [5] * 10_000)["seed"] == 5
