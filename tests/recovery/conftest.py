"""The program between both stand-ins, and members who order."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, User
from tests.recovery.studio import Studio


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord


@pytest.fixture
async def comfyui(request: pytest.FixtureRequest) -> AsyncIterator[ComfyUIStandIn]:
    """As fast as it can, unless the test says how many steps a second."""
    async with ComfyUIStandIn(steps_per_second=getattr(request, "param", None)) as comfyui:
        yield comfyui


@pytest.fixture
async def studio(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[Studio]:
    async with Studio(discord, [comfyui], tmp_path) as studio:
        yield studio


@pytest.fixture
def alice() -> User:
    return User("alice")


@pytest.fixture
def bob() -> User:
    return User("bob")
