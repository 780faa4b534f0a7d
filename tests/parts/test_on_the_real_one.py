"""Cells, a larger frame and each way to pan through a real ComfyUI: beyond the mask the image is the same."""

from collections.abc import Mapping

import pytest

from bot.pictures.parts.regions import Extension
from tests.discord_server import BotProcess, DiscordStandIn
from tests.looks import finished, is_done
from tests.parts.conftest import Change, Grid
from tests.parts.looking import only_cells_changed, only_frame_is_new
from tests.people import ALICE
from tests.programs import Program
from tests.real_comfyui import RealComfyUI

EXTENSIONS: Mapping[str, Extension] = {
    "Zoom out 1.5x": Extension(0.25, 0.25, 0.25, 0.25),
    "Zoom out 2x": Extension(0.5, 0.5, 0.5, 0.5),
    "Pan left": Extension(left=0.5),
    "Pan right": Extension(right=0.5),
    "Pan up": Extension(top=0.5),
    "Pan down": Extension(bottom=0.5),
}
SECONDS = 120


@pytest.fixture
async def bot(program: Program, real_comfyui: RealComfyUI) -> BotProcess:
    return program({"COMFYUI_URLS": real_comfyui.url})


async def test_only_the_part_is_new(discord: DiscordStandIn, bot: BotProcess, grid: Grid, change: Change) -> None:
    async with bot.ready():
        first = await finished(discord.slash("imagine", user=ALICE, prompt="a fox", size="200x136"))
        sent = await change(await grid(first, ALICE), ALICE, cells=["B2", "C2"])
        assert only_cells_changed(first, await sent.message.until(is_done, SECONDS), ["B2", "C2"])
        for button, extension in EXTENSIONS.items():
            sent = await change(await grid(first, ALICE), ALICE, button=button)
            assert only_frame_is_new(first, await sent.message.until(is_done, SECONDS), extension), button
