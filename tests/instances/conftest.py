"""Two programs with one token: each has a DATA_DIR of its own, and both use one ComfyUI."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn
from tests.programs import ROOT


@pytest.fixture
async def other(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, tmp_path: Path
) -> AsyncIterator[BotProcess]:
    """A second program, which somebody forgot to stop."""
    env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "other"), "WORKFLOWS_DIR": str(folder)}
    async with BotProcess(discord, log=tmp_path / "other.log", env=env, cwd=ROOT, name="other").ready() as other:
        await other.says(f"{comfyui.url} answers")
        yield other
