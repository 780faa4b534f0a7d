"""The same from end to end on a real ComfyUI: what the stand-in proves is true of what it stands for."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.pictures import marked
from tests.discord_server import DiscordStandIn, answered
from tests.looks import is_cancelled, is_done, is_running
from tests.people import ALICE, BOB
from tests.real_comfyui import RealComfyUI
from tests.recovery.studio import Studio

# A real one takes its time on a busy machine.
SECONDS = 120.0
ENDLESS = 5000


@pytest.fixture
async def studio(discord: DiscordStandIn, real_comfyui: RealComfyUI, tmp_path: Path) -> AsyncIterator[Studio]:
    """Its default workflow takes a moment, the one called endless does not end."""
    studio = Studio(discord, [], tmp_path, {"COMFYUI_URLS": real_comfyui.url})
    studio.change_node("3", inputs={"steps": ENDLESS})
    shutil.copy(studio.packs / "text_to_image.json", studio.packs / "endless.json")
    manifest = (studio.packs / "text_to_image.toml").read_text(encoding="utf-8").replace("default = true", "")
    (studio.packs / "endless.toml").write_text(manifest, encoding="utf-8")
    studio.change_node("3", inputs={"steps": 4})
    async with studio:
        yield studio


async def test_an_image_arrives_as_the_server_made_it(studio: Studio, real_comfyui: RealComfyUI) -> None:
    order = await studio.order(ALICE)
    await order.message.until(is_done, SECONDS)
    (picture,) = order.message.attachments
    assert picture.content in {marked(path.read_bytes()) for path in real_comfyui.output.rglob("*.png")}


async def test_a_job_develops_until_its_owner_cancels_it_and_no_other(studio: Studio, discord: DiscordStandIn) -> None:
    endless = await answered(discord.slash("imagine", user=ALICE, prompt="a cat", workflow="endless"))
    somebody_elses, ready = await studio.order(BOB, "a dog"), await studio.order(ALICE, "another cat")
    running = await endless.message.until(lambda it: is_running(it) and bool(it.attachments), SECONDS)
    assert "KSampler" in running.content
    assert f"/{ENDLESS}" in running.content
    for order in (endless, ready):
        await (await discord.press(order.message, "Cancel", user=ALICE)).acknowledged()
        await order.message.until(is_cancelled, SECONDS)
    await somebody_elses.message.until(is_done, SECONDS)
