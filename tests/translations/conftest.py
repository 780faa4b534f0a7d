"""The whole program among people who read a language that is made up, as moderators of its guild do."""

from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, User
from tests.moderating.acts import PATRONS, Room
from tests.people import MODERATORS
from tests.translations.made_up import reader, write_catalogues

LOCALE = "de"
"""All languages are the made-up one; this is the one whose name people have set."""


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    studio = Guild("Studio", (Channel("general"), Channel("staff")), roles=(MODERATORS, PATRONS), locale=LOCALE)
    return studio, Guild("Gallery", (Channel("lobby"),), locale=LOCALE)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    write_catalogues(tmp_path / "catalogues")
    return {"CATALOGUES": str(tmp_path / "catalogues")}


@pytest.fixture
def left(discord: DiscordStandIn) -> set[str]:
    """The words that people have read in no other language than English."""
    found: set[str] = set()
    discord.read_with(reader(found.add))
    return found


@pytest.fixture
def room(
    left: set[str], discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, guilds: tuple[Guild, Guild]
) -> Room:
    """What people read in it is English again, and what was not translated is in `left`."""
    assert not left
    alice, bob, zoe, operator = (User(name, locale=LOCALE) for name in ("alice", "bob", "zoe", "operator"))
    mia, max_ = (User(name, roles=(MODERATORS,), locale=LOCALE) for name in ("mia", "max"))
    return Room(discord, comfyui, bot, *guilds, operator, alice, bob, zoe, mia, max_)
