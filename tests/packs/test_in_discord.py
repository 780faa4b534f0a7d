"""The shipped packs as members meet them: the whole program between a Discord and a ComfyUI."""

import io
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Message, User
from tests.discord_server.requests import File
from tests.packs.shipped import FOLDER, PACKS
from tests.real_comfyui import RealComfyUI

PATIENCE: Final = 120.0


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord


@pytest.fixture
def alice() -> User:
    return User("alice")


def program(
    discord: DiscordStandIn, url: str, folder: Path, more: Mapping[str, str] | None = None, packs: Path = FOLDER
) -> BotProcess:
    env = {"COMFYUI_URLS": url, "DATA_DIR": str(folder / "data"), "WORKFLOWS_DIR": str(packs), **(more or {})}
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
            assert [option["name"] for option in options] == list(pack.offered)
            assert [option["description"] for option in options] == [one.description for one in pack.offered.values()]
    assert discord.violations == []


async def test_a_card_comes_without_any_option(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    async with program(discord, stand_in.url, tmp_path) as bot:
        await bot.wait_ready()
        interaction = await discord.slash("card", user=alice)
        await interaction.acknowledged()
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
            interaction = await discord.slash(name, user=alice, options=options)
            await interaction.acknowledged()
            message = await interaction.message.until(done, PATIENCE)
            assert [size_of(one.content) for one in message.attachments] == [size], name


async def test_what_a_server_cannot_animate_is_said_to_the_member_alone(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    async with program(discord, stand_in.url, tmp_path) as bot:
        await bot.wait_ready()
        # Whoever has made a card has said what it has.
        card = await discord.slash("card", user=alice)
        await card.acknowledged()
        await card.message.until(done, PATIENCE)
        interaction = await discord.slash("animate", user=alice, image=attached(), prompt="it waves")
        await interaction.acknowledged()
    assert interaction.message.ephemeral
    assert "Wan22ImageToVideoLatent" in interaction.message.content
    assert len(stand_in.submitted) == 1


# --- On a real ComfyUI


@pytest.fixture
def over_the_socket(tmp_path: Path) -> Path:
    """The shipped text_to_image, but with its pictures sent over the socket."""
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "sent.json").write_bytes((FOLDER / "text_to_image.json").read_bytes())
    manifest = (FOLDER / "text_to_image.toml").read_text(encoding="utf-8")
    (packs / "sent.toml").write_text(f"{manifest}\n[outputs]\nwebsocket = true\n", encoding="utf-8")
    return packs


async def test_pictures_come_over_the_socket_and_none_is_left_on_a_real_servers_disk(
    discord: DiscordStandIn, real_comfyui: RealComfyUI, alice: User, tmp_path: Path, over_the_socket: Path
) -> None:
    before = set(real_comfyui.output.rglob("*"))
    async with program(discord, real_comfyui.url, tmp_path, packs=over_the_socket) as bot:
        await bot.wait_ready()
        interaction = await discord.slash("imagine", user=alice, prompt="a fox", count=2, size="64x64", seed=3)
        await interaction.acknowledged()
        message = await interaction.message.until(done, PATIENCE)
    assert [size_of(picture.content) for picture in message.attachments] == [(64, 64)] * 2
    assert message.attachments[0].content != message.attachments[1].content
    assert set(real_comfyui.output.rglob("*")) == before


async def test_a_real_server_restyles_what_a_member_attached(
    discord: DiscordStandIn, real_comfyui: RealComfyUI, alice: User, tmp_path: Path
) -> None:
    async with program(discord, real_comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        interaction = await discord.slash(
            "restyle", user=alice, image=attached(), prompt="a harbour", steps=2, megapixels=0.05
        )
        await interaction.acknowledged()
        message = await interaction.message.until(done, PATIENCE)
    (picture,) = message.attachments
    width, height = size_of(picture.content)
    assert (width % 8, height % 8) == (0, 0)
    assert abs(width / height - 4 / 3) < 0.1
