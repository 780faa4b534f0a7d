"""A ComfyUI behind Comfy API v2, reached as the program reaches it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.comfyui import Common, Server, open_session, server_at
from bot.comfyui.sent_prompts import SentHere
from bot.settings import read_settings
from tests.api_v2 import Gate, Installation, installation
from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn
from tests.comfyui_server.graphs import CHECKPOINT
from tests.discord_server import DiscordStandIn
from tests.recovery.studio import Studio

Reach = Callable[[], AbstractAsyncContextManager[Server]]


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(steps_per_second=200, preview_size=FULL_PREVIEW) as comfyui:
        yield comfyui


@pytest.fixture
async def installed(comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[Installation]:
    (tmp_path / "proxy").mkdir()
    async with installation(comfyui.url, tmp_path / "proxy") as installed:
        yield installed


@pytest.fixture
def gate(installed: Installation) -> Gate:
    return installed.gate


@pytest.fixture
def sent() -> SentHere:
    """What the ledger would keep."""
    return SentHere()


@pytest.fixture
def reach(installed: Installation, sent: SentHere) -> Reach:
    """A program that has just started."""
    settings = read_settings({"DISCORD_TOKEN": "made-up", **installed.environment})

    @asynccontextmanager
    async def reached() -> AsyncIterator[Server]:
        async with open_session() as session:
            yield server_at(settings.comfyui_urls[0], session, common=Common(sent=sent))

    return reached


@pytest.fixture
async def server(reach: Reach) -> AsyncIterator[Server]:
    async with reach() as server:
        yield server


@pytest.fixture
def closed_studio(discord: DiscordStandIn, comfyui: ComfyUIStandIn, installed: Installation, tmp_path: Path) -> Studio:
    """Its bot is not started yet. The server does not say which models it has, so the workflow names the right one."""
    studio = Studio(discord, [comfyui], tmp_path, {**installed.environment, "LOG_LEVEL": "DEBUG"})
    studio.change_node("4", {"ckpt_name": CHECKPOINT})
    return studio


@pytest.fixture
async def studio(closed_studio: Studio) -> AsyncIterator[Studio]:
    async with closed_studio as studio:
        yield studio
