"""One program for all tests of this folder: members are new in each, and nobody sees another's answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Guild, User
from tests.lists.conftest import studio_and_gallery, write_packs
from tests.programs import ROOT


@pytest.fixture
def alice() -> User:
    return User("alice")


@pytest.fixture
def bob() -> User:
    return User("bob")


@pytest.fixture(scope="session")
def guilds() -> tuple[Guild, Guild]:
    return studio_and_gallery()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def discord(guilds: tuple[Guild, Guild]) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(*guilds) as discord:
        yield discord


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(checkpoints=("first.safetensors",)) as comfyui:
        yield comfyui


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bot(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BotProcess]:
    home: Path = tmp_path_factory.mktemp("shared")
    env = {
        "COMFYUI_URLS": comfyui.url,
        "DATA_DIR": str(home / "data"),
        "WORKFLOWS_DIR": str(write_packs(home / "workflows")),
        "DIRECT_MESSAGES": "on",
    }
    async with BotProcess(discord, log=home / "bot.log", env=env, cwd=ROOT).ready() as bot:
        await bot.says(f"{comfyui.url} answers")
        yield bot
        # By now both stand-ins have slept since their last test: a bot between them is not asked to end politely.
        await bot.kill()
