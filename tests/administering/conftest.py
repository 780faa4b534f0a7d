"""A guild with an administrator, a member and a neighbour, between whom the whole program runs."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import (
    BotProcess,
    Channel,
    DiscordStandIn,
    File,
    Guild,
    Interaction,
    Permission,
    Role,
    User,
    answered,
)
from tests.waiting import until

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


@pytest.fixture
def neighbour() -> Guild:
    return Guild("Next door", channels=(Channel("lobby"),))


@pytest.fixture
async def discord(neighbour: Guild) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(Guild(), neighbour) as discord:
        yield discord


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as comfyui:
        yield comfyui


@pytest.fixture
def admin() -> User:
    return User("ada", roles=(Role("admins", Permission.MANAGE_GUILD),))


@pytest.fixture
def member() -> User:
    return User("bob")


@pytest.fixture
async def bot(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[BotProcess]:
    env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "data")}
    async with BotProcess(discord, log=tmp_path / "bot.log", env=env, cwd=ROOT) as bot:
        await bot.wait_ready()
        await until(lambda: f"{comfyui.url} answers" in bot.log.read_text(), PATIENCE)
        yield bot


def json_file(name: str, content: Mapping[str, Any]) -> File:
    return File(name, json.dumps(content).encode())


async def add(discord: DiscordStandIn, user: User, file: File, **more: str | File) -> Interaction:
    """`/workflow add`, answered."""
    interaction = await answered(discord.slash("workflow add", user=user, options={"file": file, **more}))
    await interaction.message.until(lambda message: not message.loading, PATIENCE)
    return interaction


async def make_live(discord: DiscordStandIn, user: User, file: File, **more: str | File) -> None:
    """`/workflow add`, and the button that makes it live."""
    added = await add(discord, user, file, **more)
    await (await discord.press(added.message, "Make it live", user=user)).acknowledged()
    await added.message.until(lambda message: "is live" in message.content, PATIENCE)
