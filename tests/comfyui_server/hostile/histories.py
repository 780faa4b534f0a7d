"""Histories and queues that say something else than what happened: changes of the true answers (`bodies.changed`)."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.comfyui_server.hostile import bodies
from tests.comfyui_server.hostile.rules import Answer, Rule

Json = Any
ODD_NAMES: Final[Sequence[str]] = (
    "a\x1b[2J\x1b]0;owned\x07.png",
    "a.png\n2026-01-01 00:00:00 ERROR bot: forged",
    "a\r\nX-Evil: 1.png",
    "../../../../etc/passwd",
    "a\u202egnp.exe",
    "a" * 5_000 + ".png",
    "\ud800.png",
    "",
)
"""Names of files: escape sequences, lines of a log, headers, paths."""


def entry(change: Callable[[dict[str, Json]], object]) -> Answer:
    """The entry of a job that is over, changed in place."""

    def changed(answer: dict[str, dict[str, Json]]) -> object:
        for one in answer.values():
            change(one)
        return answer

    return bodies.changed(changed)


def _outputs(images: Json) -> Answer:
    return entry(lambda one: one["outputs"].update({key: {"images": images} for key in one["outputs"]}))


def many_files(count: int, name: str) -> Answer:
    """The entry names so many files, of these names (see `outbursts.many_executed`)."""
    return _outputs([{"filename": f"{name}{n}.png", "subfolder": "", "type": "output"} for n in range(count)])


def noise_file(size: int) -> Answer:
    """A file of so many bytes, which no image is in."""
    return bodies.body(random.Random(size).randbytes(size), "image/png")


ODD_FILES: Final = _outputs([{"filename": name, "subfolder": name, "type": "output"} for name in ODD_NAMES])
CLOCKS: Final = entry(
    lambda one: one["status"].update(
        messages=[["execution_start", {"timestamp": 10**400}], ["execution_success", {"timestamp": -1}]]
    )
)
ODD_ENTRIES: Final[Mapping[str, Answer]] = {
    "outputs is a list": entry(lambda one: one.update(outputs=[1, 2])),
    "outputs of numbers": entry(lambda one: one.update(outputs={"9": 7, "": None, "3": [1]})),
    "status is a text": entry(lambda one: one.update(status="fine")),
    "messages are numbers": entry(lambda one: one.update(status={"status_str": "error", "messages": [7, None]})),
    "an error without fields": entry(
        lambda one: one.update(status={"status_str": "error", "messages": [["execution_error", {}]]})
    ),
    "nothing": entry(lambda one: one.clear()),
}
"""What stands in `/history/{id}` is no entry."""


def forgotten(words: str) -> list[Rule]:
    """The prompt is taken, and the server knows nothing of it a moment later."""
    return [
        Rule("GET /history/{prompt_id}", bodies.body("{}"), words),
        Rule("GET /queue", _queue_without(words)),
    ]


def _queue_without(words: str) -> Answer:
    def changed(answer: dict[str, list[list[Json]]]) -> object:
        return {name: [row for row in rows if words not in str(row[2])] for name, rows in answer.items()}

    return bodies.changed(changed)


QUEUE_NONSENSE: Final = bodies.changed(
    lambda answer: {name: [None, 7, [], ["x"], {}, *rows] for name, rows in answer.items()}
)
"""Entries that are no prompts, beside those that are."""

OTHER_PROMPT_ID: Final = bodies.changed(lambda answer: {**answer, "prompt_id": "9" * 8})


def refused(node_errors: Json) -> Answer:
    """400 with these `node_errors`, as for a graph that does not validate."""
    error = {"type": "prompt_outputs_failed_validation", "message": "no", "details": "", "extra_info": {}}

    async def answer(request: web.Request, _: Handler) -> web.StreamResponse:
        return web.json_response({"error": error, "node_errors": node_errors}, status=400)

    return answer


NODE_ERRORS: Final[Mapping[str, Json]] = {
    "a list": [1, 2],
    "texts": {"1": "no"},
    "errors of texts": {"1": {"errors": "no", "class_type": 7}},
    "errors of numbers": {"1": {"errors": [1, None, []], "dependent_outputs": 7}},
    "extra_info of texts": {"1": {"errors": [{"type": 7, "message": None, "extra_info": "x"}]}},
    "input_name of lists": {"1": {"errors": [{"extra_info": {"input_name": ["a"], "received_value": {"a": []}}}]}},
    "ten thousand": {str(n): {"errors": [{"message": "a" * 100}], "class_type": "b" * 100} for n in range(10_000)},
}
"""What no `node_errors` holds."""
