"""The AI mark through the whole program: on every attachment, whatever is done to the workflow in it."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Guild
from tests.exiftool import MADE_BY_MACHINE, Exiftool
from tests.outputs.ordering import Graph, bot_with, coloured, ended, node, saved, words


def graph() -> Graph:
    return (
        words()
        | coloured("2", count=2)
        | saved("3", "2")
        | {"4": node("SaveAnimatedWEBP", images=["2", 0], filename_prefix="moving", fps=6.0, lossless=True,
                     quality=80, method="default")}
    )  # fmt: skip


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as opened:
        return opened.convert("RGBA").tobytes()


@pytest.mark.parametrize("embedded", ["keep", "recipe", "strip"])
async def test_every_image_says_that_a_machine_made_it_and_no_pixel_changes(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path, exiftool: Exiftool, embedded: str
) -> None:
    env = {"EMBEDDED_GRAPH": embedded, "AI_MARK": "on"}
    async with bot_with(discord, stand_in.url, tmp_path, graph(), env=env) as bot:
        message = await ended(discord, bot)
    made = [stand_in.output_bytes(name) for name in ("made_00001_.png", "made_00002_.png", "moving_00001_.webp")]
    assert {pixels(one.content) for one in message.attachments} == {pixels(one) for one in made}
    for attachment in message.attachments:
        assert exiftool.sources(attachment.filename, attachment.content) == [MADE_BY_MACHINE]
    images = [Image.open(io.BytesIO(one.content)) for one in message.attachments if one.filename.endswith(".png")]
    carried = {"keep": {"prompt"}, "recipe": {"recipe"}, "strip": set()}[embedded]
    for image in images:
        assert {"prompt", "recipe"} & image.info.keys() == carried


async def test_a_smaller_copy_says_so_as_well(tmp_path: Path, exiftool: Exiftool) -> None:
    large = words() | coloured("2", count=2, side=2500) | saved("3", "2")
    async with (
        DiscordStandIn(Guild(upload_limit=10_000)) as discord,
        ComfyUIStandIn() as comfyui,
        bot_with(discord, comfyui.url, tmp_path, large, env={"AI_MARK": "on"}) as bot,
    ):
        message = await ended(discord, bot)
    assert "sent as lossless WebP" in message.content
    assert len(message.attachments) == 2
    for attachment in message.attachments:
        assert exiftool.sources(attachment.filename, attachment.content) == [MADE_BY_MACHINE]


async def test_without_the_mark_files_are_what_the_server_made(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with bot_with(discord, stand_in.url, tmp_path, graph(), env={"AI_MARK": "off"}) as bot:
        message = await ended(discord, bot)
    made = {stand_in.output_bytes(name) for name in ("made_00001_.png", "made_00002_.png", "moving_00001_.webp")}
    assert {one.content for one in message.attachments} == made
