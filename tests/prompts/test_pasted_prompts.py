"""Prompts as other programs write them: their settings count as if they were options at the end."""

from pathlib import Path

import pytest

from bot.workflows.imports.foreign.pasted_prompt import as_options
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, answered
from tests.people import ALICE
from tests.programs import ROOT
from tests.prompts.conftest import Ask, posted
from tests.waiting import until

CIVITAI = (
    "a fox, (red:1.2)\nNegative prompt: blurry, bad hands\nSteps: 12, Sampler: DPM++ 2M Karras, CFG scale: 5.5, "
    "Seed: 123, Size: 512x768, Model hash: abc, Model: someone's"
)
MEANT = (
    "a fox, (red:1.2) --no blurry, bad hands --size 512x768 --steps 12 --cfg 5.5 --sampler DPM++ 2M Karras --seed 123"
)


@pytest.fixture
def folder() -> Path:
    return ROOT / "workflows"


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        (CIVITAI, MEANT),
        (CIVITAI.replace("\n", " "), MEANT),
        ("a fox Steps: 9, CFG scale: 3", "a fox --steps 9 --cfg 3"),
        ("/imagine prompt: a fox --ar 1:1", "a fox --ar 1:1"),
        ("/imagine a fox", "a fox"),
        ("a fox --ar16:9 --v6.1 --seed5", "a fox --ar 16:9 --v 6.1 --seed 5"),
        ("a fox --width 512 --height 768", "a fox --size 512x768"),
        ("a fox --h 768 --w 512 --v 6", "a fox --size 512x768 --v 6"),
    ],
)
def test_what_is_pasted_becomes_options(pasted: str, meant: str) -> None:
    assert as_options(pasted) == meant


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox\n\nin the snow",
        "Steps: 20, Sampler: Euler",
        "a sign that says Steps: three, Doors: two",
        "a page titled Negative prompt: no",
        "/imagine",
        "a road to /imagine a fox",
        r"a sign \--ar16:9",
        "the old port —b52",
        "a fox --width 512",
    ],
)
def test_everything_else_stays_as_it_is(prompt: str) -> None:
    assert as_options(prompt) == prompt


async def test_settings_of_civitai_reach_the_graph_and_again_keeps_all_but_the_seed(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask
) -> None:
    message = await ask(CIVITAI.replace("\n", " "))
    assert message.content.startswith("> a fox, (red:1.2)\n-# without blurry, bad hands")
    await answered(discord.press(message, "Again", user=ALICE))
    await ask("a fox --repeat 2 --seed -1", size="vertical")
    one, again, more = ([node["inputs"] for node in graph.values()] for graph in posted(comfyui))
    sampler, other = (next(node for node in nodes if "sampler_name" in node) for nodes in (one, again))
    assert (sampler["seed"], sampler["steps"], sampler["cfg"]) == (123, 12, 5.5)
    assert (sampler["sampler_name"], sampler["scheduler"]) == ("dpmpp_2m", "karras")
    assert other == {**sampler, "seed": other["seed"]}
    assert other["seed"] != 123
    (latent,) = (node for node in more if "batch_size" in node)
    assert latent["batch_size"] == 2
    assert latent["width"] < latent["height"]


async def test_an_address_in_front_stays_text_and_the_member_reads_how_to_give_an_image(
    discord: DiscordStandIn, bot: BotProcess
) -> None:
    options = {"prompt": "https://x.example/fox.png a fox in the snow"}
    interaction = await answered(discord.slash("imagine", user=ALICE, options=options))
    await until(lambda: bool(interaction.followups))
    (told,) = interaction.followups
    assert told.content == "I don’t open links in prompts. To start from an image, attach it with `image`."
    assert told.ephemeral
