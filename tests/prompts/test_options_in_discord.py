"""Options and LoRA tags in a prompt change the graph, and the job's message says what was understood in every state."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, answered
from tests.discord_server.resolving import Value
from tests.looks import is_cancelled, is_done, is_queued, is_running, labels, says
from tests.people import ALICE
from tests.prompts.conftest import Ask, posted, texts
from tests.waiting import until
from tests.workflows.samples import changes

EVERY = (
    "a fox <lora:soft light:0.5>, night --ar 16:9 --seed 5 --no text, hands --steps 2 --cfg 4 --sampler dpmpp 2m "
    "--model tiny --n 2 --v 6.1 --style raw"
)
LINE = (
    "-# 16:9 · seed 5 · without text, hands · 2 steps · guidance 4 · dpmpp 2m · model tiny · 2 images · "
    "LoRA soft-light 0.5 · ignored: --v 6.1, --style raw"
)


async def test_each_of_them_reaches_its_parameter(comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask(EVERY)
    (graph,) = posted(comfyui)
    assert graph["6"]["inputs"]["text"] == "a fox, night"
    assert graph["7"]["inputs"]["text"] == "text, hands"
    sampler = graph["3"]["inputs"]
    assert (sampler["seed"], sampler["steps"], sampler["cfg"], sampler["sampler_name"]) == (5, 2, 4, "dpmpp_2m")
    assert graph["5"]["inputs"]["width"] > graph["5"]["inputs"]["height"]
    assert graph["5"]["inputs"]["batch_size"] == 2
    assert graph["lora_1"]["inputs"]["lora_name"] == "soft-light.safetensors"
    assert graph["lora_1"]["inputs"]["strength_model"] == 0.5
    assert message.content.splitlines()[:2] == ["> a fox, night", LINE]


async def test_an_option_of_the_command_wins(comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask(
        "a fox <lora:soft light:0.5> —steps 2 —no text —ar 16:9",
        steps=3,
        negative="rain",
        size="64x64",
        lora="soft-light:0.9",
    )
    (graph,) = posted(comfyui)
    assert graph["3"]["inputs"]["steps"] == 3
    assert graph["7"]["inputs"]["text"] == "rain"
    assert (graph["5"]["inputs"]["width"], graph["5"]["inputs"]["height"]) == (64, 64)
    assert graph["lora_1"]["inputs"]["strength_model"] == 0.9
    assert "lora_2" not in graph
    assert "-# ignored: --steps 2, --no text, --ar 16:9, \\<lora:soft-light.safetensors:0.5>" in message.content


async def test_the_line_is_in_every_state(discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask) -> None:
    comfyui.faults.hang_in = "KSampler"
    given: dict[str, Value] = {"prompt": "a fox --steps 2 --v 6", "private": True}
    jobs = [(await answered(discord.slash("imagine", user=ALICE, options=given))).message for _job in range(3)]
    line = says("\n-# 2 steps · ignored: --v 6\n")
    await jobs[0].until(lambda one: is_running(one) and line(one))
    await jobs[2].until(lambda one: is_queued(one) and line(one))
    await answered(discord.press(jobs[2], "Cancel", user=ALICE))
    await jobs[2].until(lambda one: is_cancelled(one) and line(one))
    comfyui.faults.hang_in = None
    done = await jobs[0].until(is_done)
    assert line(done)
    assert done.ephemeral


async def test_a_workflows_own_command_takes_them_too(comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask("a {fox|fox} --ar 16:9", "unseeded")
    assert "“Unseeded” has no option `size`. It has: `prompt`" in message.content
    await ask("a {fox|fox} <lora:soft-light:0.5>", "unseeded")
    (graph,) = posted(comfyui)
    assert graph["6"]["inputs"]["text"] == "a fox"
    assert graph["lora_1"]["inputs"]["strength_model"] == 0.5


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a fox --stpes 20", "There is no option `--stpes`. You can use: `--steps`."),
        ("a fox --ar 16:9 at night", "Options go at the end of the prompt. Move “at night” before `--ar`"),
        ("a fox --ar odd", "I don’t understand the size “odd”"),
        ("a fox --strength 0.5", "“Painting” has no option `strength`. It has: `prompt`"),
        ("a fox --steps 900", "it can be at most `30`"),
        ("a fox --steps", "`--steps` has no value"),
        ("--ar 16:9", "Write what the image should show before the options."),
        ("a fox <lora:oil:1>", "There is no `lora` called “oil” here."),
        ("a fox <lora:soft-light:much>", "isn’t a number"),
    ],
)
async def test_what_cannot_be_used_is_said(comfyui: ComfyUIStandIn, ask: Ask, prompt: str, said: str) -> None:
    message = await ask(prompt)
    assert said in message.content
    assert labels(message) == []
    assert comfyui.submitted == []


async def test_the_same_as_text_is_text(comfyui: ComfyUIStandIn, ask: Ask) -> None:
    await ask(r"a sign: \--steps 20 \<lora:x:1> —beautiful")
    await until(lambda: bool(comfyui.submitted))
    assert texts(comfyui) == ["a sign: --steps 20 <lora:x:1> —beautiful"]


async def test_only_what_is_asked_for_changes(comfyui: ComfyUIStandIn, ask: Ask) -> None:
    await ask("a fox", seed=5)
    await ask("a fox --steps 2", seed=5)
    one, two = posted(comfyui)
    assert changes(one, two) == {("3", "steps"): 2}
