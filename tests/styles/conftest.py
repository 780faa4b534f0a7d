"""The whole program with a pack that has everything and a bare one, two shared styles, and moderators."""

from pathlib import Path
from typing import Final

import pytest

from tests.commands.packs import write
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Interaction, Role, User, answered
from tests.discord_server.modals import Entry
from tests.imagine.shapes import CHECKPOINT, CHECKPOINT_MANIFEST
from tests.people import MODERATORS, MONA
from tests.programs import heard

HELPERS: Final = Role("helpers")
MAX: Final = User("max", roles=(MODERATORS,))
BARE_MANIFEST: Final = """
title = "Bare"
[parameters.prompt]
target = ["positive.text"]
[parameters.guidance]
target = ["KSampler.cfg"]
[parameters.seed]
target = ["KSampler.seed"]
"""
SHARED: Final = """
["Oil painting"]
prompt = "oil painting of {prompt}, canvas"
negative = "photo"
steps = 3

[Sketch]
prompt = "pencil sketch"
workflow = "bare"
guidance = 7.5
steps = 9999
negative = "color"
"""


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", roles=(MODERATORS, HELPERS)),)


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    return ("tiny-random-sd15.safetensors", "zz/anime.safetensors")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", CHECKPOINT, CHECKPOINT_MANIFEST)
    write(workflows, "bare", CHECKPOINT, BARE_MANIFEST)
    (workflows / "styles.toml").write_text(SHARED)
    return workflows


@pytest.fixture
async def at_work(bot: BotProcess, discord: DiscordStandIn) -> DiscordStandIn:
    """Discord, with a bot that knows what its ComfyUI has."""
    await heard(bot.log)
    return discord


async def form_of(discord: DiscordStandIn, command: str, user: User = MONA, **options: str) -> Interaction:
    """A form for a style, opened by a command."""
    return await answered(discord.slash(command, user=user, options=options))


async def sent(form: Interaction, **entries: Entry) -> Interaction:
    """A form, filled in and sent off: by the custom_ids of its fields."""
    return await answered(form.submit(entries))


async def added(discord: DiscordStandIn, user: User = MONA, **entries: Entry) -> str:
    """What the bot says to a new style."""
    return (await sent(await form_of(discord, "style add", user), **entries)).message.content
