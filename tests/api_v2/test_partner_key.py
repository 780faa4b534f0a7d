"""The key for partner nodes goes along with the job, as the contract has it, and nowhere else."""

import json

from bot.comfyui import PromptRun, Server
from bot.comfyui.runpod.job_request import job_request
from tests.api_v2 import Gate, error
from tests.api_v2.test_submits import new_id
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img

KEY = "canary-comfy-partner-key"


async def test_a_job_brings_the_key_even_if_it_has_to_wait(server: Server, gate: Gate, comfyui: ComfyUIStandIn) -> None:
    gate.refusals.append(error(429, "queue_full", 1))
    prompt_id = new_id()
    with PromptRun(server, server.events(new_id()), prompt_id, lambda _: None) as prompt:
        await prompt.submit(txt2img(), partner_key=KEY)
        assert (await prompt.end()).error is None
    assert gate.extra == [{"api_key_comfy_org": KEY}] * 2
    assert len(comfyui.executed) == 1


def test_runpod_gets_it_where_its_worker_looks() -> None:
    told = json.loads(job_request(txt2img(), {}, KEY))["input"]
    assert told["comfy_org_api_key"] == KEY
    assert "comfy_org_api_key" not in json.loads(job_request(txt2img(), {}))["input"]
