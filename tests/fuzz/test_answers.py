"""ComfyUI's HTTP answers: what is not understood is an error that its caller expects."""

import contextlib
import math
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from bot.comfyui.connection.survey import read_version
from bot.comfyui.protocol.answers import read_finished, read_rejection
from bot.comfyui.protocol.prompt_queue import read_queue
from bot.errors import NodeFailed
from tests.comfyui_server.hostile import histories
from tests.fuzz.strategies import damaged, json_values
from tests.workflows.samples import GRAPH

_IMAGE = {"filename": "a.png", "subfolder": "", "type": "output"}
_ERROR = {"prompt_id": "p", "node_id": "5", "node_type": "KSampler", "exception_type": "E", "exception_message": "m"}
_ENTRY = {
    "prompt": [0, "p", {}, {}, []],
    "outputs": {"8": {"images": [_IMAGE]}, "9": {"text": ["a"], "images": [{"source": "websocket"}]}},
    "status": {
        "status_str": "error",
        "completed": False,
        "messages": [
            ["execution_start", {"timestamp": 1}],
            ["execution_error", _ERROR],
            ["execution_success", {"timestamp": 3}],
        ],
    },
}
_REFUSED = {
    "error": {"type": "t", "message": "m", "details": "Node ID '#5'", "extra_info": {}},
    "node_errors": {
        "5": {
            "class_type": "KSampler",
            "dependent_outputs": ["8"],
            "errors": [
                {"type": "t", "message": "m", "details": "d", "extra_info": {"input_name": "cfg", "received_value": 1}}
            ],
        }
    },
}
NOT_COMFYUIS = (AttributeError, KeyError, TypeError, ValueError)
"""What the client takes for "this is no answer of ComfyUI's"."""


def _with_times(start: object, end: object) -> dict[str, Any]:
    messages = [["execution_start", {"timestamp": start}], ["execution_success", {"timestamp": end}]]
    return {"outputs": {}, "status": {"status_str": "success", "messages": messages}}


@given(damaged(_ENTRY) | st.dictionaries(st.sampled_from(("outputs", "status", "prompt")), json_values))
@example(_with_times(1, 10**400))
@example(_with_times(1, float("inf")))
@example(_with_times(float("nan"), 1))
@example({"status": {"status_str": "error", "messages": [["execution_error", {}]]}})
@example({"status": {"status_str": "error", "messages": ["execution_error"]}})
@example({"outputs": {"8": {"images": [{**_IMAGE, "filename": name} for name in histories.ODD_NAMES]}}})
def test_an_entry_of_the_history_is_an_ending_or_not_comfyuis(entry: Any) -> None:  # noqa: ANN401 - JSON
    with contextlib.suppress(*NOT_COMFYUIS):
        finished = read_finished(entry)
        assert finished.seconds is None or 0 <= finished.seconds < math.inf


@given(json_values)
def test_outputs_and_ends_of_any_shape_are_read(found: Any) -> None:  # noqa: ANN401 - JSON
    read_finished({"outputs": found, "status": found})
    finished = read_finished({"status": {"status_str": "error", "messages": [["execution_error", found], found]}})
    assert isinstance(finished.error, NodeFailed)


@given(damaged(_REFUSED) | st.dictionaries(st.sampled_from(("error", "node_errors")), json_values))
@example({"error": {"details": None, "message": []}, "node_errors": {"2": {"errors": [{}]}, "3": {"errors": {}}}})
@example({"node_errors": {"1": "no"}})
@example({"node_errors": {"1": {"errors": [1, None, []], "dependent_outputs": 7}}})
@example({"node_errors": {"1": {"errors": "no", "class_type": 7}}})
@example({"node_errors": {"1": {"errors": [{"type": 7, "message": None, "extra_info": "x"}]}}})
@example({"node_errors": {"1": {"errors": [{"extra_info": {"input_name": ["a"]}}]}}})
@example({"error": {"details": "Node ID '#" + "5" * 100_000}})
def test_a_refusal_of_any_shape_is_a_refusal(answer: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(answer, dict):
        rejected = read_rejection(answer, GRAPH)
        for fault in rejected.node_faults:
            assert fault.input_name is None or isinstance(fault.input_name, str)


@given(json_values | st.lists(json_values))
@example([None, 7, [], ["x"], {}])
@example([[0, "p"], [1, float("nan")]])
def test_a_queue_of_any_shape_names_prompts_or_is_not_comfyuis(entries: Any) -> None:  # noqa: ANN401 - JSON
    with contextlib.suppress(KeyError, TypeError):
        queue = read_queue({"queue_running": entries, "queue_pending": entries})
        assert all(isinstance(one, str) for one in queue.pending)


@given(json_values)
@example("9" * 5_000)
@example("v1.²")
def test_any_version_is_numbers_or_none(told: Any) -> None:  # noqa: ANN401 - JSON
    with contextlib.suppress(*NOT_COMFYUIS):
        assert all(number >= 0 for number in read_version(told))
