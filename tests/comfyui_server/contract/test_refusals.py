"""ComfyUI's contract, what it refuses and how: by node, by prompt, or with a plain 500."""

import json
import re
import uuid
from typing import Any

import pytest

from tests.comfyui_server.graphs import model_free, txt2img, with_input, without_input
from tests.comfyui_server.wire import Wire


async def test_every_fault_of_a_graph_is_told_by_node(wire: Wire) -> None:
    graph = with_input(txt2img(), "3", steps=0, sampler_name="zzz")
    graph = with_input(graph, "4", ckpt_name="nope.safetensors")
    graph = without_input(graph, "6", "text")
    graph = with_input(graph, "5", width="wide")
    answer = await wire.post("/prompt", {"prompt": graph})
    assert answer.status == 400
    assert answer.body["error"] == {
        "type": "prompt_outputs_failed_validation",
        "message": "Prompt outputs failed validation",
        "details": "",
        "extra_info": {},
    }
    told = {
        node_id: {error["type"]: error for error in report["errors"]}
        for node_id, report in answer.body["node_errors"].items()
    }
    assert {node_id: set(errors) for node_id, errors in told.items()} == {
        "3": {"value_smaller_than_min", "value_not_in_list"},
        "4": {"value_not_in_list"},
        "5": {"invalid_input_type"},
        "6": {"required_input_missing"},
    }
    assert answer.body["node_errors"]["4"]["dependent_outputs"] == ["9"]
    assert answer.body["node_errors"]["4"]["class_type"] == "CheckpointLoaderSimple"
    checkpoint = told["4"]["value_not_in_list"]
    assert checkpoint["details"] == "ckpt_name: 'nope.safetensors' not in ['tiny-random-sd15.safetensors']"
    assert checkpoint["extra_info"]["received_value"] == "nope.safetensors"
    sampler = told["3"]["value_not_in_list"]
    assert re.fullmatch(r"sampler_name: 'zzz' not in \(list of length \d+\)", sampler["details"])
    assert sampler["extra_info"]["input_config"] is None
    steps = told["3"]["value_smaller_than_min"]
    assert (steps["message"], steps["details"]) == ("Value 0 smaller than min of 1", "steps")
    assert steps["extra_info"]["input_config"][1]["min"] == 1
    assert told["6"]["required_input_missing"]["extra_info"] == {"input_name": "text"}


async def test_an_unknown_node_class_is_the_error_itself(wire: Wire) -> None:
    graph = txt2img()
    graph["9"]["class_type"] = "NoSuchNode"
    answer = await wire.post("/prompt", {"prompt": graph})
    assert answer.status == 400
    assert answer.body["node_errors"] == {}
    error = answer.body["error"]
    assert error["details"] == "Node ID '#9'"
    if await wire.is_new():
        assert error["type"] == "missing_node_type"
        assert error["message"] == "Node 'Save Image' not found. The custom node may not be installed."
        assert error["extra_info"]["class_type"] == "NoSuchNode"
    else:
        assert error["type"] == "invalid_prompt"
        assert error["message"] == "Cannot execute because node NoSuchNode does not exist."


async def test_a_half_invalid_graph_is_accepted_and_runs_by_halves(wire: Wire) -> None:
    graph = model_free() | {
        "30": {"class_type": "SaveImage", "inputs": {"images": ["31", 0], "filename_prefix": "bad"}},
        "31": {"class_type": "LoadImage", "inputs": {"image": "missing.png"}},
    }
    answer = await wire.post("/prompt", {"prompt": graph})
    assert answer.status == 200
    (report,) = answer.body["node_errors"].values()
    assert report["class_type"] == "LoadImage"
    assert report["dependent_outputs"] == ["30"]
    assert report["errors"] == [
        {
            "type": "custom_validation_failed",
            "message": "Custom validation failed for node",
            "details": "image - Invalid image file: missing.png",
            "extra_info": {"input_name": "image"},
        }
    ]
    entry = await wire.finished(answer.body["prompt_id"])
    assert entry["status"]["completed"] is True
    assert list(entry["outputs"]) == ["3"]


async def test_a_link_to_nowhere_is_refused(wire: Wire) -> None:
    answer = await wire.post("/prompt", {"prompt": with_input(model_free(), "3", images=["99", 0])})
    assert answer.status == 400
    (error,) = answer.body["node_errors"]["3"]["errors"]
    assert error["type"] == "exception_during_validation"
    assert error["details"] == "'99'"
    assert error["extra_info"]["exception_type"] == "KeyError"


async def test_a_link_of_the_wrong_type_is_refused(wire: Wire) -> None:
    answer = await wire.post("/prompt", {"prompt": with_input(txt2img(), "9", images=["3", 0])})
    assert answer.status == 400
    (error,) = answer.body["node_errors"]["9"]["errors"]
    assert error["type"] == "return_type_mismatch"
    assert error["details"] == "images, received_type(LATENT) mismatch input_type(IMAGE)"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_prompt"),
        ({"prompt": {}}, "prompt_no_outputs"),
        ({"prompt": {"1": model_free()["1"]}}, "prompt_no_outputs"),
        ({"prompt": {"1": {"inputs": {}}}}, "invalid_prompt"),
        ({"prompt": model_free(), "partial_execution_targets": ["2"]}, "prompt_no_outputs"),
    ],
)
async def test_a_body_that_asks_for_nothing_is_refused(wire: Wire, body: dict[str, Any], error: str) -> None:
    answer = await wire.post("/prompt", body)
    assert answer.status == 400
    assert answer.body["error"]["type"] == error
    assert answer.body["node_errors"] == {}


@pytest.mark.parametrize(
    "body",
    [
        '{"prompt": ',
        json.dumps({"prompt": {"last_node_id": 9, "nodes": [], "links": [], "version": 0.4}}),
        json.dumps({"prompt": model_free(), "number": "x"}),
        json.dumps({"prompt": model_free(), "extra_data": None, "client_id": "c"}),
    ],
    ids=["bad json", "a workflow of the UI", "number is none", "extra_data is none"],
)
async def test_what_comfyui_stumbles_over_gets_a_plain_text_500(wire: Wire, body: str) -> None:
    async with wire.session.post("/prompt", data=body) as response:
        assert response.status == 500
        assert response.content_type == "text/plain"
        assert (await response.text()).startswith("500 Internal Server Error")


async def test_a_prompt_id_may_be_chosen(wire: Wire) -> None:
    chosen = str(uuid.uuid4())
    assert await wire.submit(model_free(), prompt_id=chosen) == chosen
    assert (await wire.finished(chosen))["prompt"][1] == chosen


async def test_only_a_new_server_minds_what_a_prompt_id_looks_like(wire: Wire) -> None:
    answer = await wire.post("/prompt", {"prompt": model_free(), "prompt_id": uuid.uuid4().hex.upper()})
    if await wire.is_new():
        assert answer.status == 400
        assert answer.body["error"]["type"] == "invalid_prompt_id"
    else:
        assert answer.status == 200
        await wire.finished(answer.body["prompt_id"])
