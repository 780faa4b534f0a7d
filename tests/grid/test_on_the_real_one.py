"""A grid on a real ComfyUI: every cell is what its options say."""

import io

from PIL import Image

from tests.discord_server import DiscordStandIn, answered
from tests.grid.asking import done_in, is_complete, start
from tests.looks import is_done
from tests.people import ALICE
from tests.programs import Program
from tests.real_comfyui import RealComfyUI

SECONDS = 180


async def test_cells_are_what_their_options_say(
    discord: DiscordStandIn, program: Program, real_comfyui: RealComfyUI
) -> None:
    async with program({"COMFYUI_URLS": real_comfyui.url}).ready():
        sheet = await start(discord, ALICE, {"x": "steps 1, 2", "y": "size 64x64, 128x64", "seed": 7})
        await sheet.until(is_complete, SECONDS)
        assert done_in(sheet) == 4, sheet.content
        sizes = {}
        for cell in ("steps 1, size 64x64", "steps 2, size 64x64", "steps 2, size 128x64"):
            out = await answered(discord.select(sheet, "Take one out, in full size", [cell], user=ALICE))
            taken = await out.message.until(is_done)
            sizes[cell] = Image.open(io.BytesIO(taken.attachments[0].content))
    assert [image.size for image in sizes.values()] == [(64, 64), (64, 64), (128, 64)]
    one, two, _ = sizes.values()
    assert one.tobytes() != two.tobytes(), "another number of steps is another image"
