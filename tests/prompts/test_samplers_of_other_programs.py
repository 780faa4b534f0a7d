"""A1111 calls a sampler and its scheduler by one name: both reach the graph of a workflow that ships."""

from pathlib import Path

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import picture
from tests.discord_server import BotProcess, DiscordStandIn, File, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done
from tests.people import ALICE
from tests.programs import ROOT
from tests.prompts.conftest import Ask, posted


@pytest.fixture
def folder() -> Path:
    return ROOT / "workflows"


def sampling(comfyui: ComfyUIStandIn) -> list[tuple[object, object]]:
    found = [node["inputs"] for graph in posted(comfyui) for node in graph.values() if node["class_type"] == "KSampler"]
    return [(one["sampler_name"], one["scheduler"]) for one in found]


@pytest.mark.parametrize(
    ("prompt", "given", "wanted"),
    [
        ("a fox", {"sampler": "DPM++ 2M Karras"}, ("dpmpp_2m", "karras")),
        ("a fox", {"sampler": "dpm++ 3m sde exponential"}, ("dpmpp_3m_sde", "exponential")),
        ("a fox", {"sampler": "DPM++ 2S a Karras"}, ("dpmpp_2s_ancestral", "karras")),
        ("a fox", {"sampler": "Euler a SGM Uniform"}, ("euler_ancestral", "sgm_uniform")),
        ("a fox", {"sampler": "Euler Uniform"}, ("euler", "normal")),
        ("a fox", {"sampler": "DPM++ 2M Automatic"}, ("dpmpp_2m", "normal")),
        ("a fox --sampler DPM++ 2M SDE Karras", {}, ("dpmpp_2m_sde", "karras")),
        ("a fox --scheduler Karras", {}, ("euler", "karras")),
        ("a fox --scheduler beta", {"sampler": "heun"}, ("heun", "beta")),
    ],
)
async def test_both_reach_the_graph(
    discord: DiscordStandIn,
    comfyui: ComfyUIStandIn,
    ask: Ask,
    prompt: str,
    given: dict[str, Value],
    wanted: tuple[str, str],
) -> None:
    message = await ask(prompt, seed=5, **given)
    assert sampling(comfyui) == [wanted], message.content
    recipe = (await answered(discord.press(message, "Recipe", user=ALICE))).message.content
    command = recipe.split("```")[1].strip()
    said = f"sampler:{' '.join(wanted)}" if "sampler:" in command else f"--scheduler {wanted[1]}"
    assert said in command or wanted == ("dpmpp_2m", "normal"), command


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"sampler": "DPM++ 2M Karras", "checkpoint": "tiny random"}, ("dpmpp_2m", "karras")),
        ({"sampler": "Euler a Karras", "scheduler": "Simple"}, ("euler_ancestral", "simple")),
    ],
)
async def test_a_workflows_own_command_knows_the_names_too(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, given: dict[str, Value], wanted: tuple[str, str]
) -> None:
    image = File("mine.png", picture(Image.new("RGB", (64, 64))))
    options = {"prompt": "a fox", "image": image, **given}
    interaction = await answered(discord.slash("restyle", user=ALICE, options=options))
    await interaction.message.until(is_done)
    assert sampling(comfyui) == [wanted]


async def test_a_name_that_is_half_right_says_which_there_are(comfyui: ComfyUIStandIn, ask: Ask) -> None:
    assert (
        "There is no `sampler` called “DPM++ 2M Karas” here." in (await ask("a fox", sampler="DPM++ 2M Karas")).content
    )
    assert "There is no `scheduler` called “karas” here." in (await ask("a fox --scheduler karas")).content
    assert comfyui.submitted == []
