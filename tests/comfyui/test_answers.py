"""What ComfyUI's answers mean: recorded ones, and shapes that other servers and nodes send."""

import json
from typing import Any

import pytest

from bot.comfyui.protocol.answers import Finished, read_finished, read_rejection
from bot.comfyui.protocol.prompt_queue import PromptQueue, read_queue
from bot.errors import Interrupted, NodeFailed, NodeFault, OutOfMemory
from bot.workflows import Graph, OutputFile
from tests.comfyui.traces import answers, histories

GRAPH: Graph = {
    "9": {"class_type": "NoSuchNode", "inputs": {}},
    "3": {"class_type": "KSampler", "inputs": {}},
}


def ended(*messages: tuple[str, object], outputs: object = None, status: str = "error") -> Finished:
    return read_finished({"outputs": outputs or {}, "status": {"status_str": status, "messages": messages}})


def failure(exception_type: str, exception_message: str) -> dict[str, object]:
    return {
        "prompt_id": "p",
        "node_id": "3",
        "node_type": "KSampler",
        "exception_type": exception_type,
        "exception_message": exception_message,
        "traceback": ['File "/srv/ComfyUI/execution.py", line 1'],
    }


def history_of(trace: str) -> Finished:
    (entry,) = histories([trace])
    return read_finished(entry)


# --- Refused


def test_a_refused_graph_names_every_fault_of_every_node() -> None:
    body, _ = answers("fail_validate", "resp /prompt 400")
    rejected = read_rejection(body, GRAPH)
    assert rejected.type == "prompt_outputs_failed_validation"
    assert [(fault.node_id, fault.class_type, fault.type, fault.input_name) for fault in rejected.node_faults] == [
        ("4", "CheckpointLoaderSimple", "value_not_in_list", "ckpt_name"),
        ("6", "CLIPTextEncode", "required_input_missing", "text"),
        ("3", "KSampler", "value_smaller_than_min", "steps"),
        ("3", "KSampler", "value_not_in_list", "sampler_name"),
    ]
    assert [fault.received for fault in rejected.node_faults] == ["nope.safetensors", None, 0, "zzz"]


def test_an_unknown_node_class_is_told_the_other_way_round() -> None:
    _, body = answers("fail_validate", "resp /prompt 400")
    rejected = read_rejection(body, GRAPH)
    assert rejected.type == "missing_node_type"
    (fault,) = rejected.node_faults
    assert (fault.node_id, fault.class_type, fault.type) == ("9", "NoSuchNode", "missing_node_type")


def test_a_refusal_without_nodes_has_no_node_faults() -> None:
    bodies = answers("http_facts", "resp /prompt 400")
    types = {read_rejection(body, GRAPH).type: read_rejection(body, GRAPH).node_faults for body in bodies}
    assert types.keys() >= {"invalid_prompt_id", "prompt_no_outputs", "no_prompt"}
    assert not any(types[name] for name in ("invalid_prompt_id", "prompt_no_outputs", "no_prompt"))


def test_a_graph_with_a_broken_link_is_refused_at_the_node_that_broke_validation() -> None:
    *_, body = answers("http_facts", "resp /prompt 400")
    (fault,) = read_rejection(body, GRAPH).node_faults
    assert (fault.node_id, fault.class_type, fault.type) == ("1", "SaveImage", "exception_during_validation")
    assert fault.input_name is None


def test_a_graph_that_was_taken_in_half_says_which_node_will_be_skipped() -> None:
    (body,) = answers("fail_validate", "resp /prompt 200")
    assert read_rejection(body, GRAPH).node_faults == (
        NodeFault(
            node_id="31",
            class_type="LoadImage",
            type="custom_validation_failed",
            message="Custom validation failed for node",
            details="image - Invalid image file: missing.png",
            input_name="image",
            outputs=("30",),
        ),
    )


def test_a_graph_that_was_taken_whole_has_no_faults() -> None:
    bodies = [body for trace in ("txt2img", "two_clients") for body in answers(trace, "resp /prompt 200")]
    assert bodies
    assert all(read_rejection(body, GRAPH).node_faults == () for body in bodies)


@pytest.mark.parametrize("body", [{}, {"error": None}, {"error": "no such thing"}, {"node_errors": []}])
def test_a_refusal_of_another_shape_is_still_a_refusal(body: dict[str, Any]) -> None:
    assert read_rejection(body, GRAPH).node_faults == ()


# --- Ended


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        (None, False),
        ({}, False),
        ({"status_str": "success", "completed": False}, False),
        ({"status_str": "completed", "completed": True}, False),
        ({"status_str": None, "completed": True, "messages": [["execution_success", {}]]}, False),
        ({"status_str": ["success"], "completed": True}, False),
        ({"status_str": "error", "completed": True}, True),
        ({"status_str": "failed"}, True),
        ({"status_str": "completed", "completed": True, "messages": [["execution_error", {}]]}, True),
        ({"completed": False}, True),
        ({"messages": [["execution_interrupted", {}]]}, True),
        ({"messages": [[["x"], {}], [7, {}]]}, False),
    ],
)
def test_a_run_is_a_failure_by_its_word_or_by_what_happened(status: object, failed: bool) -> None:
    assert (read_finished({"status": status}).error is not None) is failed


def test_a_run_says_which_nodes_did_not_run() -> None:
    messages = [["execution_cached", {"nodes": ["4", 7, "5"]}], ["execution_cached", {"nodes": 7}]]
    assert read_finished({"status": {"messages": messages}}).cached == {"4", "5"}


def test_a_success_has_its_files_and_no_error() -> None:
    finished = history_of("txt2img")
    files = (OutputFile("9", "t2i_00004_.png", "", "output"),)
    assert finished == Finished(files, None, seconds=1.683, cached=frozenset("467"))


def test_a_cached_run_hands_out_the_old_file() -> None:
    finished = history_of("cached_rerun")
    files = (OutputFile("9", "t2i_00004_.png", "", "output"),)
    assert finished == Finished(files, None, seconds=0.002, cached=frozenset("3456789"))


def test_a_failure_names_its_node_and_keeps_what_was_finished_before() -> None:
    finished = history_of("fail_exec")
    assert finished.files == (OutputFile("7", "partial_00002_.png", "", "output"),)
    assert type(finished.error) is NodeFailed
    assert (finished.error.node_id, finished.error.class_type) == ("3", "CheckpointLoaderSimple")
    assert finished.error.exception_type == "safetensors._safetensors_rust.SafetensorError"


def test_an_interrupted_run_is_not_a_failed_node() -> None:
    finished = history_of("interrupt_running")
    assert finished.files == ()
    assert type(finished.error) is Interrupted


@pytest.mark.parametrize(
    ("exception_type", "exception_message"),
    [
        ("torch.OutOfMemoryError", "Allocation on device "),
        ("torch.cuda.OutOfMemoryError", "CUDA ran out"),
        ("comfy.model_management.OOM_EXCEPTION", ""),
        ("MemoryError", ""),
        ("RuntimeError", "CUDA error: out of memory"),
        ("RuntimeError", "MPS backend out of memory (MPS allocated: 17.18 GB)"),
        ("RuntimeError", "Allocation on device 0 would exceed allowed memory. (Out of memory)"),
    ],
)
def test_running_out_of_memory_is_told_apart(exception_type: str, exception_message: str) -> None:
    finished = ended(("execution_error", failure(exception_type, exception_message)))
    assert type(finished.error) is OutOfMemory
    assert finished.error.node_id == "3"


def test_a_node_that_merely_speaks_of_memory_failed() -> None:
    finished = ended(("execution_error", failure("ValueError", "the memory module is missing")))
    assert type(finished.error) is NodeFailed


def test_a_failure_without_a_message_is_still_a_failure() -> None:
    assert type(ended(("execution_start", {"prompt_id": "p"})).error) is NodeFailed
    assert type(ended().error) is NodeFailed


def test_a_history_entry_of_an_old_server_without_a_status_is_a_success() -> None:
    entry = {"outputs": {"9": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}}, "status": None}
    assert read_finished(entry) == Finished((OutputFile("9", "a.png", "", "output"),), None)


# --- Outputs, by shape

OUTPUT_KINDS = [
    ("SaveAnimatedWEBP", [("aw_00001_.webp", "", "output")]),
    ("SaveAnimatedPNG", [("ap_00001_.png", "", "output")]),
    ("SaveWEBM", [("wm_00001_.webm", "", "output")]),
    ("SaveVideo", [("v_00001_.mp4", "video", "output")]),
    ("PreviewAny", []),
    ("SaveAudio", [("m_00001.mp3", "audio", "output"), ("a_00001.flac", "audio", "output")]),
    ("SaveLatent", [("l_00001_.latent", "latents", "output")]),
    ("PreviewImage", [(f"ComfyUI_temp_jjfkr_0000{number}_.png", "", "temp") for number in range(1, 5)]),
]


@pytest.mark.parametrize(("class_type", "files"), OUTPUT_KINDS)
def test_files_are_found_by_their_shape(class_type: str, files: list[tuple[str, str, str]]) -> None:
    (entry,) = (entry for entry in histories(["output_kinds"]) if class_type in json.dumps(entry["prompt"][2]))
    found = read_finished(entry).files
    assert [(file.filename, file.subfolder, file.type) for file in found] == files


@pytest.mark.parametrize("key", ["gifs", "3d", "mesh", "whatever_a_custom_node_calls_it"])
def test_the_name_of_the_list_does_not_matter(key: str) -> None:
    output = {key: [{"filename": "a.glb", "subfolder": "b", "type": "output", "format": "model/gltf"}]}
    assert ended(outputs={"5": output}, status="success").files == (OutputFile("5", "a.glb", "b", "output"),)


@pytest.mark.parametrize(
    "output",
    [None, [], {"text": ["64"]}, {"images": None}, {"images": [None, 3, {"filename": None}]}, {"animated": [True]}],
)
def test_what_is_no_file_is_left_out(output: object) -> None:
    assert ended(outputs={"5": output}, status="success").files == ()


# --- The queue


def test_the_prompt_ids_of_a_queue_are_those_of_its_entries() -> None:
    (queue,) = answers("delete_queued", "GET /queue")
    (started, waiting, deleted) = (body["prompt_id"] for body in answers("delete_queued", "resp /prompt 200"))
    assert read_queue(queue) == PromptQueue((started,), (waiting, deleted))
    assert len(read_queue({"queue_running": [], "queue_pending": []})) == 0


def test_pending_prompts_come_in_the_order_in_which_they_run() -> None:
    """ComfyUI answers with its heap as it is: a prompt that was sent with `front` has a negative number."""
    pending = [[-3, "front"], [9, "later"], [5, "next"], ["x", "odd"], [float("nan"), "odder"], [5, "same"]]
    queue = read_queue({"queue_running": [[4, "running"]], "queue_pending": pending})
    assert queue.pending == ("front", "next", "same", "later", "odd", "odder")
    assert queue.before("next") == ("running", "front")
    assert queue.before("running") == ()
    assert queue.before("not sent yet") == ("running", *queue.pending)


def test_entries_of_a_queue_that_are_no_prompts_are_not_there() -> None:
    odd: list[object] = [None, 7, [], ["x"], {}, "ab", [1, 7], [1, "a", {}]]
    assert read_queue({"queue_running": [], "queue_pending": odd}) == PromptQueue((), ("a",))
    with pytest.raises(TypeError):
        read_queue({"queue_running": "ab", "queue_pending": []})
    with pytest.raises(KeyError):
        read_queue({"queue_running": []})
