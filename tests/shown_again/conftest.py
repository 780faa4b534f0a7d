"""The program with an image check, in a guild with all kinds of channels, and what its moderators set over the wire."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.approving.looking import __file__ as looking
from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, Interaction, Message, User, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done
from tests.outputs.ordering import PROMPT, coloured, saved, words
from tests.people import ALICE, MODERATORS, MONA

GENERAL, ATTIC, LOG = Channel("general"), Channel("attic"), Channel("log")
DARK, ROOM = Channel("dark", nsfw=True), Channel("room", kind="voice")
BOARD = Channel("board", kind="forum")
THREAD, POST = Channel("thread", under=ATTIC, kind="thread"), Channel("post", under=BOARD, kind="thread")
NIGHT = Channel("night", under=DARK, kind="thread")

Moderate = Callable[..., Awaitable[str]]
Order = Callable[..., Awaitable[Message]]


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    places = (GENERAL, ATTIC, LOG, DARK, ROOM, BOARD, THREAD, POST, NIGHT)
    return (Guild("Studio", places, roles=(MODERATORS,)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`Red` is what the check objects to; `Late` is for age-restricted channels."""
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST)
    for name, color, more in (("red", 0xFF0000, ""), ("green", 0x00FF00, ""), ("late", 0x00FF00, "nsfw = true\n")):
        graph = words() | coloured("2", color=color) | saved("3", "2")
        write(workflows, name, graph, f'title = "{name.title()}"\n{more}{PROMPT}')
    return workflows


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    seen = tmp_path / "seen"
    seen.mkdir()
    return {"PICTURE_CHECK": f"{sys.executable} {looking} {seen}"}


@pytest.fixture
def moderate(discord: DiscordStandIn, bot: BotProcess) -> Moderate:
    """A command of a moderator's, up to its answer."""

    async def moderated(command: str, **options: Value) -> str:
        return await told(await discord.slash(f"moderate {command}", user=MONA, channel=LOG, options=options))

    return moderated


@pytest.fixture
def order(discord: DiscordStandIn, bot: BotProcess) -> Order:
    """A finished image of alice's."""

    async def ordered(prompt: str = "a fox", channel: Channel = GENERAL, **options: Value) -> Message:
        given = {"prompt": prompt, **options}
        asked = await answered(discord.slash("imagine", user=ALICE, channel=channel, options=given))
        return await asked.message.until(is_done)

    return ordered


async def told(asked: Interaction) -> str:
    """What only the one who asked reads: in the answer, or after it."""
    reply = await asked.acknowledged()
    message = await asked.followup() if reply.message is None or reply.message is asked.source else asked.message
    await message.until(lambda one: not one.loading)
    assert message.ephemeral
    return message.content


async def brought_back(discord: DiscordStandIn, channel: Channel, user: User = ALICE, place: int = 0) -> Message:
    """What `/history` brings back in this channel: the newest image, or one before it."""
    page = (await answered(discord.slash("history", user=user, channel=channel))).message
    options = page.components[0]["components"][0]["options"]
    asked = await answered(discord.select(page, "Bring one back", [options[place]["value"]], user=user))
    return await asked.message.until(lambda message: not message.loading)
