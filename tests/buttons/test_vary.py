"""Vary with a workflow that has a strength: subtle or strong, of one image or of several, with all that it can keep."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.buttons.conftest import Order, Press
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import (
    CHECKPOINT,
    ENLARGE_MANIFEST,
    INVERT,
    PAINT,
    PAINT_MANIFEST,
    RESTYLE,
    RESTYLE_MANIFEST,
    write,
)
from tests.discord_server import BotProcess, DiscordStandIn, answered
from tests.looks import is_done, labels
from tests.people import ALICE, BOB
from tests.workflows.samples import changes

STRENGTH: Final = """
[parameters.change]
target = ["KSampler.denoise"]
min = 0.05
max = 1.0
step = 0.01
"""
OWN_LORA: Final = "soft light:0.5, lightning"
ADDED: Final = "soft-light.safetensors:0.5, sdxl_lightning_8step_lora.safetensors"


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    return ("first.safetensors", "second.safetensors", "tiny-random-sd15.safetensors")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The workflow that varies calls its strength and its model otherwise than the one that paints."""
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST.replace("max = 4", "max = 10") + CHECKPOINT)
    model = CHECKPOINT.replace("parameters.checkpoint", "parameters.model")
    write(workflows, "image_to_image", RESTYLE, RESTYLE_MANIFEST + STRENGTH + model)
    write(workflows, "enlarge", INVERT, ENLARGE_MANIFEST)
    return workflows


def graphs(comfyui: ComfyUIStandIn) -> list[dict[str, Any]]:
    return [body["prompt"] for body in comfyui.submitted]


@pytest.mark.parametrize(("step", "strength"), [("Subtle", 0.36), ("Strong", 0.72)])
async def test_one_image_is_varied_as_much_as_the_member_says(
    comfyui: ComfyUIStandIn, bot: BotProcess, order: Order, press: Press, step: str, strength: float
) -> None:
    await bot.says(" answers")
    first = await order(ALICE, "a fox", negative="rain", model="second", lora=OWN_LORA, spoiler=True)
    question = (await press(first, "Vary", BOB)).message
    assert question.ephemeral
    assert labels(question) == ["Subtle", "Strong"]
    (embed,) = question.embeds
    assert embed["thumbnail"]["url"] == first.attachments[0].url
    assert "title" not in embed
    second = await (await press(question, step, BOB)).message.until(is_done)
    assert second.attachments[0].filename.startswith("SPOILER_")
    # A variation of a variation keeps them as well.
    again = (await press(second, "Vary", ALICE)).message
    await (await press(again, step, ALICE)).message.until(is_done)
    _first, *varied = graphs(comfyui)
    for graph in varied:
        assert graph["3"]["inputs"]["denoise"] == strength
        assert graph["4"]["inputs"]["ckpt_name"] == "second.safetensors"
        assert (graph["6"]["inputs"]["text"], graph["7"]["inputs"]["text"]) == ("a fox", "rain")
        loras = [graph[name]["inputs"] for name in ("lora_1", "lora_2")]
        assert (
            ", ".join(
                one["lora_name"] if one["strength_model"] == 1 else f"{one['lora_name']}:{one['strength_model']}"
                for one in loras
            )
            == ADDED
        )
    one, two = varied
    assert set(changes(one, two)) == {("3", "seed"), ("1", "image")}


@pytest.mark.parametrize("count", [2, 4, 10])
async def test_of_several_images_number_and_strength_are_one_press(
    comfyui: ComfyUIStandIn, bot: BotProcess, order: Order, press: Press, count: int
) -> None:
    await bot.says(" answers")
    first = await order(ALICE, "a fox", count=count)
    question = (await press(first, "Vary", BOB)).message
    numbers = [str(number) for number in range(1, count + 1)]
    assert labels(question) == [f"{step} {number}" for step in ("Subtle", "Strong") for number in numbers]
    assert [embed["title"] for embed in question.embeds] == numbers
    assert [embed["thumbnail"]["url"] for embed in question.embeds] == [one.url for one in first.attachments]
    rows = [[one["label"] for one in row["components"]] for row in question.components]
    assert all(len({label.split()[0] for label in row}) == 1 for row in rows)
    await (await press(question, f"Strong {count}", BOB)).message.until(is_done)
    uploaded = graphs(comfyui)[-1]["1"]["inputs"]["image"]
    await (await press(question, "Subtle 1", BOB)).message.until(is_done)
    graph = graphs(comfyui)[-1]
    assert graph["3"]["inputs"]["denoise"] == 0.36
    # The images differ, and a file is uploaded under a name that its content makes.
    assert graph["1"]["inputs"]["image"] != uploaded


async def test_a_question_of_an_earlier_version_is_answered_with_the_workflows_own_strength(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, order: Order, press: Press
) -> None:
    await bot.says(" answers")
    first = await order(ALICE, "a fox", count=2)
    question = (await press(first, "Vary", BOB)).message
    pressed = question.buttons[1].component
    pressed["custom_id"] = str(pressed["custom_id"]).replace("vary-subtle", "vary")  # type: ignore[index]
    await (await answered(discord.press(question, "Subtle 2", user=BOB))).message.until(is_done)
    assert graphs(comfyui)[-1]["3"]["inputs"]["denoise"] == 0.6


async def test_what_the_other_workflow_cannot_use_stays_behind(
    comfyui: ComfyUIStandIn, bot: BotProcess, folder: Path, order: Order, press: Press
) -> None:
    write(folder, "image_to_image", RESTYLE, f"{RESTYLE_MANIFEST}[loras]\nallowed = false\n")
    await bot.says("workflows: ", 2)
    first = await order(ALICE, "a fox", model="second", lora=OWN_LORA)
    await (await press(first, "Vary", BOB)).message.until(is_done)
    graph = graphs(comfyui)[-1]
    assert graph["4"] == RESTYLE["4"]
    assert "lora_1" not in graph
