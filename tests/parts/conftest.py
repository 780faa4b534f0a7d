"""The program with a pack that paints and the shipped one that changes a part of an image."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.commands.packs import PAINT, PAINT_MANIFEST, opened, write
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Interaction, Message, User, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done
from tests.people import MODERATORS
from tests.programs import ROOT

Press = Callable[[Message, str, User], Awaitable[Interaction]]
Order = Callable[..., Awaitable[Message]]
Part = Callable[..., Awaitable[Message]]


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", roles=(MODERATORS,)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST)
    for suffix in ("json", "toml"):
        shutil.copy(ROOT / f"workflows/inpaint.{suffix}", workflows)
    return workflows


@pytest.fixture
def press(discord: DiscordStandIn) -> Press:
    """A button's press, up to its first answer."""

    async def pressed(message: Message, label: str, user: User) -> Interaction:
        return await answered(discord.press(message, label, user=user))

    return pressed


@pytest.fixture
def order(discord: DiscordStandIn, bot: BotProcess) -> Order:
    """`/imagine`, up to the finished message."""

    async def ordered(user: User, prompt: str = "a fox", **options: Value) -> Message:
        interaction = await answered(discord.slash("imagine", user=user, options={"prompt": prompt, **options}))
        return await interaction.message.until(is_done)

    return ordered


def has_grid(message: Message) -> bool:
    """Whether it is the reply with the grid."""
    return bool(message.attachments) and "Continue" in [button.label for button in message.buttons]


@pytest.fixture
def grid(press: Press) -> Callable[[Message, User], Awaitable[Message]]:
    """Press Change part. Returns the reply with the grid."""

    async def shown(message: Message, user: User) -> Message:
        return await (await press(message, "Change part", user)).message.until(has_grid)

    return shown


def pixels_of(message: Message, number: int = 0) -> Image.Image:
    return opened(message.attachments[number].content)
