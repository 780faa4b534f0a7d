"""Two guilds, three workflows, and the whole program between them."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import INVERT, INVERT_MANIFEST, write
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, User
from tests.lists.packs import PAINT, PAINT_MANIFEST, RESTYLE, RESTYLE_MANIFEST
from tests.waiting import until

ROOT = Path(__file__).parents[2]

Program = Callable[..., BotProcess]


def studio_and_gallery() -> tuple[Guild, Guild]:
    return Guild("Studio", (Channel("general"), Channel("attic"))), Guild("Gallery", (Channel("lobby"),))


def write_packs(folder: Path) -> Path:
    write(folder, "paint", PAINT, PAINT_MANIFEST)
    write(folder, "negate", INVERT, INVERT_MANIFEST)
    write(folder, "restyle", RESTYLE, RESTYLE_MANIFEST)
    return folder


@pytest.fixture
def guilds() -> tuple[Guild, Guild]:
    return studio_and_gallery()


@pytest.fixture
async def discord(guilds: tuple[Guild, Guild]) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(*guilds) as discord:
        yield discord


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(checkpoints=("first.safetensors",)) as comfyui:
        yield comfyui


@pytest.fixture
def alice() -> User:
    return User("alice")


@pytest.fixture
def bob() -> User:
    return User("bob")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_packs(tmp_path / "workflows")


@pytest.fixture
def program(discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, tmp_path: Path) -> Program:
    def made(more: Mapping[str, str] | None = None) -> BotProcess:
        env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "data"), "WORKFLOWS_DIR": str(folder)}
        return BotProcess(discord, log=tmp_path / "bot.log", env=env | dict(more or {}), cwd=ROOT)

    return made


@pytest.fixture
async def bot(program: Program, comfyui: ComfyUIStandIn) -> AsyncIterator[BotProcess]:
    async with program() as bot:
        await bot.wait_ready()
        await until(lambda: f"{comfyui.url} answers" in bot.log.read_text())
        yield bot
