"""The whole program with two guilds: one whose moderators act, and one that none of it reaches."""

from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import INVERT, INVERT_MANIFEST, PAINT, PAINT_MANIFEST, write
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, User
from tests.moderating.acts import PATRONS, Room
from tests.people import MODERATORS


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    studio = Guild("Studio", (Channel("general"), Channel("staff")), roles=(MODERATORS, PATRONS))
    return studio, Guild("Gallery", (Channel("lobby"),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "workflows", "paint", PAINT, PAINT_MANIFEST)
    write(tmp_path / "workflows", "negate", INVERT, INVERT_MANIFEST)
    return tmp_path / "workflows"


@pytest.fixture
def operator() -> User:
    return User("operator")


@pytest.fixture
def settings(operator: User) -> dict[str, str]:
    return {"OWNER_IDS": str(operator.id)}


@pytest.fixture
def room(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, guilds: tuple[Guild, Guild], operator: User
) -> Room:
    """The bot finishes nothing while its ComfyUI hangs."""
    return Room(discord, comfyui, bot, *guilds, operator)
