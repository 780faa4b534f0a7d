"""`[outputs] websocket = true`: images come as frames, nothing is written at the server, and none is ever lost."""

import asyncio
import io
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img, with_input
from tests.comfyui_server.wire import Wire, wired
from tests.discord_server import Attachment, DiscordStandIn, Message, User, answered
from tests.looks import is_done, says
from tests.outputs.ordering import Graph, bot_with, coloured, ended, node, ordered, saved, words
from tests.real_comfyui import RealComfyUI

SOCKET: Final = "\n[outputs]\nwebsocket = true\n"
SAMPLED: Final = '[parameters.prompt]\ntarget = ["6.text"]\n' + SOCKET


def colours(message: Message) -> list[object]:
    """Of each attachment, its first pixel."""
    found: list[object] = []
    for attachment in message.attachments:
        with Image.open(io.BytesIO(attachment.content)) as picture:
            assert picture.format == "PNG"
            found.append(picture.convert("RGB").getpixel((0, 0)))
    return found


def size_of(attachment: Attachment) -> tuple[int, int]:
    return Image.open(io.BytesIO(attachment.content)).size


def runs(message: Message) -> bool:
    return "🎨" in message.content


def two_saves() -> Graph:
    graph = words() | coloured("2", count=3, color=0xFF0000) | saved("3", "2")
    return (
        graph | coloured("4", color=0x00FF00) | saved("5", "4", "Other") | {"6": node("PreviewImage", images=["4", 0])}
    )


def written(comfyui: ComfyUIStandIn) -> list[str]:
    """Files that a run left at the stand-in."""
    folder = Path(comfyui._folder.name)  # noqa: SLF001 - what lies on its disk is the point here
    return [path.name for kind in ("output", "temp") for path in (folder / kind).rglob("*") if path.is_file()]


async def test_all_pictures_of_all_outputs_come_and_nothing_is_written(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with bot_with(discord, stand_in.url, tmp_path, two_saves(), SOCKET) as bot:
        message = await ended(discord, bot)
    assert colours(message) == [(255, 0, 0)] * 3 + [(0, 255, 0)]
    assert written(stand_in) == []
    assert len(stand_in.executed) == 1


async def test_a_sent_picture_is_no_preview(discord: DiscordStandIn, tmp_path: Path) -> None:
    graph = txt2img(steps=4)
    async with (
        ComfyUIStandIn(steps_per_second=3) as comfyui,
        bot_with(discord, comfyui.url, tmp_path, graph, SAMPLED) as bot,
    ):
        message = await ended(discord, bot)
        assert written(comfyui) == []
    previews = {one.content for state in message.states[:-1] for one in state.attachments}
    assert previews
    (picture,) = message.attachments
    assert picture.content not in previews
    assert picture.filename == "image-1.png"


@pytest.mark.parametrize("frames", [3, 14])
async def test_a_socket_that_is_cut_off_costs_no_picture(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path, frames: int
) -> None:
    stand_in.faults.drop_after = frames
    async with bot_with(discord, stand_in.url, tmp_path, two_saves(), SOCKET) as bot:
        message = await ended(discord, bot)
    assert "✅" in message.content
    assert colours(message) == [(255, 0, 0)] * 3 + [(0, 255, 0)]
    assert len(set(stand_in.executed)) == len(stand_in.executed) <= 2


async def test_a_workflow_that_sends_by_itself_needs_no_manifest(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    graph = words() | coloured("2", color=0x0000FF) | {"3": node("SaveImageWebsocket", images=["2", 0])}
    async with bot_with(discord, stand_in.url, tmp_path, graph) as bot:
        message = await ended(discord, bot)
    assert colours(message) == [(0, 0, 255)]


async def test_what_was_sent_while_the_bot_was_dead_is_saved_and_fetched(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    stand_in.faults.hang_in = "KSampler"
    async with (
        wired(stand_in.url) as wire,
        bot_with(discord, stand_in.url, tmp_path, txt2img(), SAMPLED) as bot,
    ):
        message = await ordered(discord, bot)
        await message.until(runs)
        await bot.kill()
        stand_in.faults.hang_in = None
        await wire.finished(stand_in.executed[0])
        await bot.start()
        await message.until(is_done)
    assert len(message.attachments) == 1
    assert len(stand_in.executed) == 2


async def test_a_bot_that_is_back_before_they_are_sent_hears_them(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    stand_in.faults.hang_in = "KSampler"
    async with bot_with(discord, stand_in.url, tmp_path, txt2img(), SAMPLED) as bot:
        message = await ordered(discord, bot)
        await message.until(runs)
        await bot.kill()
        before = len(message.states)
        await bot.start()
        await message.until(lambda message: len(message.states) > before and runs(message))
        stand_in.faults.hang_in = None
        await message.until(is_done)
    assert len(message.attachments) == 1
    assert len(stand_in.executed) == 1


async def test_cancelled_while_it_runs_it_is_cancelled(discord: DiscordStandIn, tmp_path: Path) -> None:
    async with (
        ComfyUIStandIn(steps_per_second=4) as comfyui,
        bot_with(discord, comfyui.url, tmp_path, txt2img(steps=40), SAMPLED) as bot,
    ):
        await bot.wait_ready()
        alice = User("alice")
        interaction = await answered(discord.slash("imagine", user=alice, prompt="a fox"))
        await interaction.message.until(runs)
        await discord.press(interaction.message, "Cancel", user=alice)
        await interaction.message.until(says("Cancelled"))


# --- A real ComfyUI


def files_of(real: RealComfyUI) -> set[Path]:
    return {path for folder in (real.output, real.base / "temp") for path in folder.rglob("*")}


async def test_real_pictures_come_over_the_socket_alone(
    discord: DiscordStandIn, real_comfyui: RealComfyUI, tmp_path: Path
) -> None:
    before = await asyncio.to_thread(files_of, real_comfyui)
    graph = with_input(txt2img(steps=2), "5", batch_size=2)
    async with bot_with(discord, real_comfyui.url, tmp_path, graph, SAMPLED) as bot:
        message = await ended(discord, bot)
    assert "✅" in message.content
    first, second = message.attachments
    assert size_of(first) == size_of(second) == (64, 64)
    assert first.content != second.content
    assert await asyncio.to_thread(files_of, real_comfyui) == before


async def test_real_pictures_survive_a_bot_that_is_killed(
    discord: DiscordStandIn, real_comfyui: RealComfyUI, tmp_path: Path
) -> None:
    async with (
        wired(real_comfyui.url) as wire,
        bot_with(discord, real_comfyui.url, tmp_path, txt2img(steps=12), SAMPLED) as bot,
    ):
        message = await ordered(discord, bot)
        prompt_id = await running(wire)
        await bot.kill()
        await wire.finished(prompt_id)
        await bot.start()
        await message.until(is_done)
    (picture,) = message.attachments
    assert size_of(picture) == (64, 64)


async def running(wire: Wire) -> str:
    """The prompt that the server has begun with."""
    async with asyncio.timeout(60):
        while not (rows := (await wire.get("/queue")).body["queue_running"]):  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.01)
    prompt_id: str = rows[0][1]
    return prompt_id


async def test_real_animations_and_texts_arrive(
    discord: DiscordStandIn, real_comfyui: RealComfyUI, tmp_path: Path
) -> None:
    graph = words() | coloured("2", count=3) | {
        "3": node("SaveAnimatedWEBP", images=["2", 0], filename_prefix="moving", fps=6.0, lossless=True, quality=80,
                  method="default"),
        "4": node("PreviewAny", source=["1", 0]),
        "5": node("SaveWEBM", images=["2", 0], filename_prefix="film", codec="vp9", fps=24.0, crf=32.0),
    }  # fmt: skip
    async with bot_with(discord, real_comfyui.url, tmp_path, graph) as bot:
        message = await ended(discord, bot, "hello there")
    assert "```\nhello there\n```" in message.content
    assert sorted(Path(one.filename).suffix for one in message.attachments) == [".webm", ".webp"]
