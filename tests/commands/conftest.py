"""The whole program between a Discord and a ComfyUI, with packs of the test's own."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import INVERT, INVERT_MANIFEST, PAINT, PAINT_MANIFEST, write
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, User

ROOT = Path(__file__).parents[2]

Program = Callable[..., BotProcess]


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", (Channel("general"), Channel("after-dark", nsfw=True))), Guild("Gallery"))


@pytest.fixture
async def discord(guilds: tuple[Guild, ...]) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(*guilds) as discord:
        yield discord


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(checkpoints=("first.safetensors", "sdxl/second.safetensors")) as comfyui:
        yield comfyui


@pytest.fixture
def alice() -> User:
    return User("alice")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two packs: one for /imagine, one with a command of its own that takes a picture."""
    workflows = tmp_path / "workflows"
    painting = '\n[parameters.checkpoint]\ntarget = ["CheckpointLoaderSimple.ckpt_name"]\nchoices = "server"\n'
    write(workflows, "paint", PAINT, PAINT_MANIFEST + painting)
    write(workflows, "negate", INVERT, INVERT_MANIFEST)
    return workflows


@pytest.fixture
def program(discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, tmp_path: Path) -> Program:
    def made(more: Mapping[str, str] | None = None) -> BotProcess:
        env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "data"), "WORKFLOWS_DIR": str(folder)}
        return BotProcess(discord, log=tmp_path / "bot.log", env=env | dict(more or {}), cwd=ROOT)

    return made
