"""The whole program with two guilds: one whose moderators act, and one that none of it reaches."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import INVERT, INVERT_MANIFEST, PAINT, PAINT_MANIFEST, write
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, User
from tests.moderating.acts import MODERATORS, PATRONS, Room
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Ready: the bot is online, and its ComfyUI answers; it finishes nothing while it hangs."""
    write(tmp_path / "workflows", "paint", PAINT, PAINT_MANIFEST)
    write(tmp_path / "workflows", "negate", INVERT, INVERT_MANIFEST)
    studio = Guild("Studio", (Channel("general"), Channel("staff")), roles=(MODERATORS, PATRONS))
    gallery = Guild("Gallery", (Channel("lobby"),))
    async with (
        DiscordStandIn(studio, gallery) as discord,
        ComfyUIStandIn(checkpoints=("other.safetensors",)) as comfyui,
    ):
        operator = User("operator")
        env = {
            "OWNER_IDS": str(operator.id),
            "COMFYUI_URLS": comfyui.url,
            "DATA_DIR": str(tmp_path / "data"),
            "WORKFLOWS_DIR": str(tmp_path / "workflows"),
        }
        async with BotProcess(discord, log=tmp_path / "bot.log", env=env, cwd=ROOT) as bot:
            await bot.wait_ready()
            await until(lambda: f"{comfyui.url} answers" in bot.log.read_text())
            yield Room(discord, comfyui, bot, studio, gallery, operator)
