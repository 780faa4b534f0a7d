"""Files that are too large for memory or for Discord, through the whole program: they arrive and leave nothing."""

import io
from pathlib import Path
from typing import Final

from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Guild
from tests.looks import is_done
from tests.outputs.ordering import Graph, bot_with, coloured, ended, node, ordered, saved, words
from tests.waiting import until

FILM: Final = 3_000_000


def film() -> Graph:
    """A video of three million bytes: 3,000 a frame here."""
    return words() | coloured("2", count=1000, side=16) | {
        "3": node("SaveWEBM", images=["2", 0], filename_prefix="film", codec="vp9", fps=24.0, crf=32.0)
    }  # fmt: skip


def spooled(folder: Path) -> list[Path]:
    found = (folder / "data" / "spool").rglob("*")
    return [path for path in found if path.is_file() and path.suffix != ".lock"]


async def test_a_large_file_arrives_byte_for_byte_and_leaves_nothing(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with bot_with(discord, stand_in.url, tmp_path, film()) as bot:
        message = await ended(discord, bot)
        (attachment,) = message.attachments
        assert len(attachment.content) > FILM
        assert attachment.content == stand_in.output_bytes("film_00001_.webm")
        await until(lambda: not spooled(tmp_path))
    assert list((tmp_path / "data" / "spool").iterdir()) == []


async def test_what_a_killed_bot_had_on_disk_goes_and_is_fetched_again(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with bot_with(discord, stand_in.url, tmp_path, film()).ready() as bot:
        discord.fail_next("PATCH", "/webhooks/*", 500, times=1000)
        message = await ordered(discord, bot)
        await until(lambda: sum(path.stat().st_size for path in spooled(tmp_path)) > FILM)
        before = spooled(tmp_path)
        await bot.kill()
        assert spooled(tmp_path) == before
        discord.faults.forget()
        await bot.start()
        await message.until(is_done)
        assert message.attachments[0].content == stand_in.output_bytes("film_00001_.webm")
        await until(lambda: not spooled(tmp_path))


async def test_a_picture_over_the_limit_is_converted_in_a_process_of_its_own(tmp_path: Path) -> None:
    graph = words() | coloured("2", count=2, side=2500) | saved("3", "2")
    async with (
        DiscordStandIn(Guild(upload_limit=10_000)) as discord,
        ComfyUIStandIn() as comfyui,
        bot_with(discord, comfyui.url, tmp_path, graph) as bot,
    ):
        message = await ended(discord, bot)
        assert len(comfyui.output_bytes("made_00001_.png")) > 10_000
        assert "sent as lossless WebP, with exactly the same pixels" in message.content
        assert len(message.attachments) == 2
        for attachment in message.attachments:
            with Image.open(io.BytesIO(attachment.content)) as copy:
                assert copy.format == "WEBP"
                assert copy.size == (2500, 2500)
                assert copy.convert("RGB").getpixel((7, 7)) == (0x33, 0x66, 0x99)
        await until(lambda: not spooled(tmp_path))


async def test_without_room_on_the_disk_the_job_says_so(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spool").write_text("in the way of the folder")
    graph = film() | coloured("4") | saved("5", "4")
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot)
    assert (
        "I couldn’t store the files on my disk. Ask the people who run this bot to free some space." in message.content
    )
    assert "spool" not in message.content


async def test_what_is_small_needs_no_disk(discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spool").write_text("in the way of the folder")
    async with bot_with(discord, stand_in.url, tmp_path, words() | coloured("2") | saved("3", "2")) as bot:
        message = await ended(discord, bot)
    assert message.attachments[0].content == stand_in.output_bytes("made_00001_.png")
