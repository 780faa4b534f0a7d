"""The program with packs that vary and enlarge, and members who order in a channel of its own guild."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.commands.packs import ENLARGE_MANIFEST, INVERT, PAINT, PAINT_MANIFEST, RESTYLE, RESTYLE_MANIFEST, write
from tests.discord_server import (
    BotProcess,
    Channel,
    DiscordStandIn,
    Guild,
    Interaction,
    Message,
    State,
    User,
    answered,
)
from tests.discord_server.resolving import Value
from tests.looks import is_done
from tests.people import MODERATORS

Press = Callable[..., Awaitable[Interaction]]
Order = Callable[..., Awaitable[Message]]
Delete = Callable[[Message, User], Awaitable[Message]]


@pytest.fixture
def gallery() -> Guild:
    """Another guild that has the bot."""
    return Guild("Gallery", roles=(MODERATORS,))


@pytest.fixture
def guilds(gallery: Guild) -> tuple[Guild, ...]:
    return Guild("Studio", (Channel("general"),), (MODERATORS,)), gallery


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST)
    write(workflows, "image_to_image", RESTYLE, RESTYLE_MANIFEST)
    write(workflows, "enlarge", INVERT, ENLARGE_MANIFEST)
    return workflows


@pytest.fixture
def order(discord: DiscordStandIn, bot: BotProcess) -> Order:
    """`/imagine`, up to the finished message."""

    async def ordered(user: User, prompt: str = "a fox", **options: Value) -> Message:
        interaction = await answered(discord.slash("imagine", user=user, options={"prompt": prompt, **options}))
        return await interaction.message.until(is_done)

    return ordered


@pytest.fixture
def press(discord: DiscordStandIn) -> Press:
    """A button's press, up to its first answer."""

    async def pressed(message: Message, label: str, user: User, state: State | None = None) -> Interaction:
        return await answered(discord.press(message, label, user=user, state=state))

    return pressed


@pytest.fixture
def delete(press: Press) -> Delete:
    """Press Delete and confirm. Returns the question once it shows the result."""

    async def deleted(message: Message, user: User) -> Message:
        asked = await (await press(message, "Delete", user)).followup()
        await press(asked, "Delete", user)
        return await asked.until(lambda m: not m.buttons)

    return deleted
