"""Outputs of every kind, through the whole program: what the server made is what the member gets."""

import io
import zipfile
from pathlib import Path
from typing import Final

from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.discord_server import DiscordStandIn
from tests.outputs.ordering import bot_with, coloured, ended, node, saved, words

MEBIBYTE: Final = 2**20


async def test_pictures_animations_videos_and_sounds_arrive_together(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    graph = (
        words()
        | coloured("2", count=3)
        | saved("3", "2")
        | {
            "4": node("SaveAnimatedWEBP", images=["2", 0], filename_prefix="moving", fps=6.0, lossless=True,
                      quality=80, method="default"),
            "5": node("SaveWEBM", images=["2", 0], filename_prefix="film", codec="vp9", fps=24.0, crf=32.0),
            "6": node("EmptyAudio", duration=2.0, sample_rate=44100, channels=2),
            "7": node("SaveAudio", audio=["6", 0], filename_prefix="audio/sound"),
        }
    )  # fmt: skip
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot)
    contents = {attachment.filename: attachment.content for attachment in message.attachments}
    assert sorted(name.split("-")[0] + Path(name).suffix for name in contents) == [
        "audio.flac", "image.png", "image.png", "image.png", "image.webp", "video.webm",
    ]  # fmt: skip
    made = [stand_in.output_bytes(name) for name in ("moving_00001_.webp", "film_00001_.webm")]
    made += [stand_in.output_bytes(f"made_0000{number}_.png") for number in (1, 2, 3)]
    made.append(stand_in.output_bytes("sound_00001_.flac", "audio"))
    assert sorted(contents.values()) == sorted(made)


async def test_a_short_text_stands_in_the_message(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    graph = words() | {"2": node("PreviewAny", source=["1", 0])}
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot, "**bold** @everyone\nand `more`")
    assert "```\n**bold** @everyone\nand `more`\n```" in message.content
    assert not message.attachments
    assert not message.state.mentioned


async def test_a_long_text_is_a_file(discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    graph = words() | coloured("3") | saved("4", "3") | {"2": node("PreviewAny", source=["1", 0])}
    text = "Grüße. " * 400
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot, text)
    picture, written = message.attachments
    assert picture.content == stand_in.output_bytes("made_00001_.png")
    assert written.filename.endswith(".txt")
    assert written.content.decode() == text


async def test_more_than_ten_pictures_come_as_nine_and_a_zip_of_the_rest(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    graph = words() | coloured("2", count=12) | saved("3", "2")
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot)
    *pictures, rest = message.attachments
    assert len(pictures) == 9
    assert "3 more are in the zip" in message.content
    with zipfile.ZipFile(io.BytesIO(rest.content)) as archive:
        contents = [archive.read(name) for name in archive.namelist()]
    made = [stand_in.output_bytes(f"made_{number:05}_.png") for number in range(1, 13)]
    assert [picture.content for picture in pictures] + contents == made


async def test_a_video_that_is_too_large_is_told_of_and_the_rest_arrives(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    # 3,000 bytes a frame here.
    graph = words() | coloured("2", count=4000, side=16) | coloured("3") | saved("4", "3")
    graph["5"] = node("SaveWEBM", images=["2", 0], filename_prefix="film", codec="vp9", fps=24.0, crf=32.0)
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot)
    assert len(stand_in.output_bytes("film_00001_.webm")) > 10 * MEBIBYTE
    (picture,) = message.attachments
    assert picture.content == stand_in.output_bytes("made_00001_.png")
    assert "✅" in message.content
    assert "The video is too large to send here (11.4 MB)" in message.content


async def test_a_failed_job_shows_what_was_finished_before(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    stand_in.faults.fail["ImageInvert"] = Failure()
    graph = words() | coloured("2") | saved("3", "2", "First") | {"4": node("ImageInvert", "Second", image=["2", 0])}
    graph |= saved("5", "4", "Late")
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot)
    assert "⚠️ The workflow failed in “Second”" in message.content
    assert "finished before" in message.content
    (picture,) = message.attachments
    assert picture.content == stand_in.output_bytes("made_00001_.png")
    assert "/srv" not in message.text


async def test_an_output_that_the_server_skips_is_named_with_its_reason(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    graph = words() | coloured("2") | saved("3", "2")
    graph["4"] = node("LoadImage", "My photo", image="missing.png")
    graph |= saved("5", "4", "Copy of it")
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot)
    assert "✅" in message.content
    assert "Skipped “Copy of it”: “My photo”: image" in message.content
    assert len(message.attachments) == 1
