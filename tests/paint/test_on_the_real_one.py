"""A mask from the page through a real ComfyUI: beyond the mask the image is the same to the last bit."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from bot.pictures.parts.masks import mask_from_png
from tests.commands.packs import opened, write
from tests.discord_server import BotProcess, DiscordStandIn
from tests.looks import finished, is_done
from tests.paint.conftest import Link, image_at, send
from tests.parts.looking import only_in
from tests.parts.test_change_part import ERASE, ERASE_MANIFEST
from tests.people import ALICE, BOB
from tests.programs import Program
from tests.real_comfyui import RealComfyUI

SECONDS = 120


@pytest.fixture
def folder(folder: Path) -> Path:
    """The shipped pack works on few pixels here, in few steps: this machine has no GPU."""
    graph = json.loads((folder / "inpaint.json").read_text(encoding="utf-8"))
    graph["3"]["inputs"]["megapixels"] = 0.05
    graph["10"]["inputs"]["steps"] = 2
    (folder / "inpaint.json").write_text(json.dumps(graph), encoding="utf-8")
    return folder


@pytest.fixture
async def bot(program: Program, real_comfyui: RealComfyUI, settings: dict[str, str]) -> BotProcess:
    return program({"COMFYUI_URLS": real_comfyui.url, **settings})


def painted(size: tuple[int, int]) -> bytes:
    """A stroke across the image, and a spot in its last corner."""
    mask = Image.new("RGBA", size)
    draw = ImageDraw.Draw(mask)
    draw.line((20, 30, size[0] // 2, 60), fill="white", width=12)
    draw.ellipse((size[0] - 20, size[1] - 20, size[0] + 20, size[1] + 20), fill="white")
    encoded = io.BytesIO()
    mask.save(encoded, "PNG")
    return encoded.getvalue()


async def paint(discord: DiscordStandIn, link: Link) -> bool:
    first = await finished(discord.slash("imagine", user=ALICE, prompt="a fox", size="200x136"))
    before = opened(first.attachments[0].content)
    url = await link(first, BOB)
    shown = await image_at(url)
    assert shown.convert("RGB").tobytes() == before.convert("RGB").tobytes()
    mask = painted(shown.size)
    status, answer = await send(url, mask)
    assert status == 200, answer
    after = opened((await discord.messages()[0].until(is_done, SECONDS)).attachments[0].content)
    return only_in(before, after, mask_from_png(mask, before.size))


async def test_only_what_was_painted_is_new(discord: DiscordStandIn, bot: BotProcess, link: Link) -> None:
    async with bot.ready():
        assert await paint(discord, link)


async def test_with_a_workflow_that_reads_its_mask_from_transparency(
    folder: Path, discord: DiscordStandIn, bot: BotProcess, link: Link
) -> None:
    for suffix in ("json", "toml"):
        (folder / f"inpaint.{suffix}").unlink()
    write(folder, "erase", ERASE, ERASE_MANIFEST)
    async with bot.ready():
        assert await paint(discord, link)
