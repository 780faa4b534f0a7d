"""Axes of options that only one workflow has."""

from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import BotProcess, DiscordStandIn
from tests.grid.asking import ask, is_complete, start
from tests.people import ALICE

PUT = {"destination": ["8", 0], "source": ["8", 0], "x": 0, "y": 0, "resize_source": False}
GRAPH = PAINT | {
    "9": {"class_type": "SaveImage", "inputs": {"images": ["20", 0], "filename_prefix": "put"}},
    "5": {**PAINT["5"], "inputs": PAINT["5"]["inputs"] | {"batch_size": 4}},
    "20": {"class_type": "ImageCompositeMasked", "inputs": PUT, "_meta": {"title": "Put"}},
}
MANIFEST = f"""{PAINT_MANIFEST}
[parameters.resize]
target = ["Put.resize_source"]
[parameters.offset]
target = ["Put.x"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "workflows", "paint", GRAPH, MANIFEST)
    return tmp_path / "workflows"


async def test_yes_and_no_can_be_compared(discord: DiscordStandIn, bot: BotProcess, comfyui: ComfyUIStandIn) -> None:
    found = await discord.autocomplete("grid", option="x", value="res", user=ALICE)
    assert "resize true, false" in [choice.value for choice in found]
    options = {"x": "resize yes, no", "y": "offset 0..16 by 8", "size": "64x64"}
    sheet = await (await start(discord, ALICE, options)).until(is_complete)
    assert "**resize** true, false" in sheet.content
    put = [body["prompt"]["20"]["inputs"] for body in comfyui.submitted]
    assert sorted((one["resize_source"], one["x"]) for one in put) == [
        (value, place) for value in (False, True) for place in (0, 8, 16)
    ]


async def test_another_word_is_refused(discord: DiscordStandIn, bot: BotProcess) -> None:
    told = await ask(discord, ALICE, x="resize yes, perhaps")
    assert "should be true or false, not `perhaps`" in told.content


@pytest.mark.parametrize(("prompt", "images"), [("a fox", 2), ("a fox --count 2", 4)])
async def test_a_cell_is_one_image_unless_more_are_asked_for(
    discord: DiscordStandIn, bot: BotProcess, comfyui: ComfyUIStandIn, prompt: str, images: int
) -> None:
    options = {"x": "seed 1, 2", "size": "64x64", "prompt": prompt}
    question = await ask(discord, ALICE, **options)
    assert f"It counts as {images} images." in question.content
    await (await start(discord, ALICE, options)).until(is_complete)
    assert {body["prompt"]["5"]["inputs"]["batch_size"] for body in comfyui.submitted} == {images // 2}
