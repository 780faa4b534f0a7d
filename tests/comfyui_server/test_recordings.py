"""The stand-in of 0.33.0 against recordings of a real 0.33.0, which cannot be installed for the tests."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import model_free, with_input
from tests.comfyui_server.wire import Listener, wired

RECORDED: Final[dict[str, Any]] = json.loads(
    Path(__file__).with_name("recordings-0.33.0.json").read_text(encoding="utf-8")
)
CHECKPOINTS: Final = ("broken.safetensors", "tiny-random-sd15.safetensors")
# What is another one each time.
CHANGING: Final = {
    *("prompt_id", "client_id", "sid", "id", "priority", "number"),
    *("timestamp", "create_time", "execution_start_time", "execution_end_time"),
}


def settled(value: Any, key: str = "") -> Any:  # noqa: ANN401 -- any JSON there is
    """Without what changes from run to run: times, ids, places in the queue, and numbers of files."""
    if key in CHANGING:
        return "..."
    if isinstance(value, dict):
        return {name: settled(item, name) for name, item in value.items()}
    if isinstance(value, list):
        if key == "prompt":
            # Number, prompt_id, graph, extra_data, outputs.
            return settled(value[2:])
        return [settled(item) for item in value]
    return re.sub(r"_\d{5}_\.", "_....._.", value) if isinstance(value, str) else value


def story(listener: Listener) -> list[Any]:
    return settled([[heard.kind, dict(heard.body)] for heard in listener.heard])  # type: ignore[no-any-return]


async def test_a_run_and_its_cached_rerun_go_as_recorded() -> None:
    recorded = RECORDED["txt2img"]
    async with ComfyUIStandIn(checkpoints=CHECKPOINTS) as stand_in, wired(stand_in.url) as wire:
        # The recording began with another seed and another size in the cache.
        warm_up = with_input(with_input(recorded["graph"], "3", seed=1, steps=1), "5", width=512)
        await wire.finished(await wire.submit(model_free()))
        await wire.finished(await wire.submit(warm_up))
        async with wire.listen("me") as listener:
            prompt_id = await wire.submit(recorded["graph"], "me")
            await listener.until_over(prompt_id)
            assert story(listener) == settled(recorded["heard"])
            assert settled(await wire.history(prompt_id)) == settled(recorded["history"])
            job = (await wire.get(f"/api/jobs/{prompt_id}")).body
            assert settled(job) == settled(recorded["job"])
            listener.heard.clear()
            prompt_id = await wire.submit(recorded["graph"], "me")
            await listener.until_over(prompt_id)
            assert story(listener) == settled(RECORDED["cached_rerun"]["heard"])
            assert settled(await wire.history(prompt_id)) == settled(RECORDED["cached_rerun"]["history"])


@pytest.mark.parametrize("case", RECORDED["refusals"], ids=["inputs", "class", "half"])
async def test_faults_of_a_graph_are_told_as_recorded(case: dict[str, Any]) -> None:
    async with ComfyUIStandIn(checkpoints=CHECKPOINTS) as stand_in, wired(stand_in.url) as wire:
        answer = await wire.post("/prompt", {"prompt": case["graph"]})
        assert settled(answer.body) == settled(case["answer"])
