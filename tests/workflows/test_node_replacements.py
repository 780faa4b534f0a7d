"""Node classes that a server has renamed are known by their old names too."""

import json

import pytest

from bot.workflows import ObjectInfo
from bot.workflows.graphs.widgets import widgets_of
from tests.workflows.known import recorded

RULES = {
    "OldScale": [
        {
            "old_node_id": "OldScale",
            "new_node_id": "ResizeImageMaskNode",
            "old_widget_ids": ["upscale_method", "scale_by"],
            "input_mapping": [
                {"new_id": "input", "old_id": "image"},
                {"new_id": "resize_type", "set_value": "scale by multiplier"},
                {"new_id": "resize_type.multiplier", "old_id": "scale_by"},
                {"new_id": "scale_method", "old_id": "upscale_method"},
            ],
            "output_mapping": [{"old_idx": 0, "new_idx": 0}],
        }
    ],
    "ConditioningAverage ": [{"new_node_id": "ConditioningAverage", "input_mapping": None, "output_mapping": None}],
    "KSampler": [{"new_node_id": "SaveImage"}],
    "Gone": [{"new_node_id": "Gone too"}],
}


def server(rules: object) -> ObjectInfo:
    return ObjectInfo(json.dumps(recorded()).encode(), (), rules)


def test_an_old_name_is_known_with_its_old_inputs() -> None:
    info = server(RULES)
    assert info.knows("OldScale")
    assert [one.name for one in widgets_of(info, "OldScale")] == ["upscale_method", "scale_by"]
    assert info.input("OldScale", "upscale_method") == info.input("ResizeImageMaskNode", "scale_method")
    assert info.outputs("OldScale") == info.outputs("ResizeImageMaskNode")
    assert info.required("ConditioningAverage ") == info.required("ConditioningAverage")
    assert not info.knows("Gone")
    # What the server still has is what it was.
    assert info.entry("KSampler") == recorded()["KSampler"]
    # Other processes read what is kept of it.
    assert ObjectInfo(info.body).knows("OldScale")


@pytest.mark.parametrize(
    "rules",
    [None, [], 3, {"a": 1}, {"a": []}, {"a": [{}]}, {"a": [{"new_node_id": []}]}, {"a": [{"new_node_id": "x"}]}],
)
def test_an_odd_answer_renames_nothing(rules: object) -> None:
    assert server(rules).digest == server(None).digest
