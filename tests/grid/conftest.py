"""The program between both stand-ins, and members who ask for grids."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Guild
from tests.people import MODERATORS
from tests.recovery.studio import Studio


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", roles=(MODERATORS,)),)


@pytest.fixture
async def studio(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[Studio]:
    async with Studio(discord, [comfyui], tmp_path) as studio:
        yield studio
