"""The shipped packs as members meet them: the whole program between a Discord and a ComfyUI."""

import io
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Message, User, answered
from tests.discord_server.requests import File
from tests.packs.shipped import FOLDER, PACKS

PATIENCE: Final = 120.0


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord


@pytest.fixture
def alice() -> User:
    return User("alice")


def program(discord: DiscordStandIn, url: str, folder: Path) -> BotProcess:
    env = {"COMFYUI_URLS": url, "DATA_DIR": str(folder / "data"), "WORKFLOWS_DIR": str(FOLDER)}
    return BotProcess(discord, log=folder / "bot.log", env=env, cwd=FOLDER.parent)


def done(message: Message) -> bool:
    return "✅" in message.content


def attached(size: tuple[int, int] = (320, 240)) -> File:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 120, 0)).save(buffer, "PNG")
    return File("mine.png", buffer.getvalue())


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(content)).size


async def test_every_pack_has_its_command_and_discord_takes_it(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with program(discord, stand_in.url, tmp_path) as bot:
        await bot.wait_ready()
        found: dict[str, dict[str, Any]] = {command["name"]: command for command in discord.commands()}
    for pack in PACKS.values():
        if pack.command is not None:
            options = found[pack.command]["options"]
            assert [option["name"] for option in options] == [*pack.offered, "private"]
            described = [option["description"] for option in options[:-1]]
            assert described == [one.description for one in pack.offered.values()]
    assert discord.violations == []


async def test_a_card_comes_without_any_option(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    async with program(discord, stand_in.url, tmp_path) as bot:
        await bot.wait_ready()
        interaction = await answered(discord.slash("card", user=alice))
        message = await interaction.message.until(done, PATIENCE)
    (picture,) = message.attachments
    assert size_of(picture.content) == (768, 512)


async def test_a_picture_is_restyled_inpainted_and_upscaled(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    orders: list[tuple[str, Mapping[str, Any], tuple[int, int]]] = [
        ("restyle", {"image": attached(), "prompt": "a harbour", "steps": 2, "megapixels": 0.1}, (376, 280)),
        ("imagine", {"image": attached(), "prompt": "a harbour"}, (1184, 888)),
        (
            "inpaint",
            {"image": attached(), "mask": attached(), "prompt": "a boat", "steps": 2, "megapixels": 0.1},
            (376, 280),
        ),
        ("upscale", {"image": attached(), "shrink": 0.5}, (640, 480)),
    ]
    async with program(discord, stand_in.url, tmp_path) as bot:
        await bot.wait_ready()
        for name, options, size in orders:
            interaction = await answered(discord.slash(name, user=alice, options=options))
            message = await interaction.message.until(done, PATIENCE)
            assert [size_of(one.content) for one in message.attachments] == [size], name


async def test_what_a_server_cannot_animate_is_said_to_the_member_alone(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    async with program(discord, stand_in.url, tmp_path) as bot:
        await bot.wait_ready()
        # Whoever has made a card has said what it has.
        card = await answered(discord.slash("card", user=alice))
        await card.message.until(done, PATIENCE)
        interaction = await answered(discord.slash("animate", user=alice, image=attached(), prompt="it waves"))
    assert interaction.message.ephemeral
    assert "Wan22ImageToVideoLatent" in interaction.message.content
    assert len(stand_in.submitted) == 1
