"""The program with packs that vary and enlarge, and members who order in a channel of its own guild."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.buttons.packs import ENLARGE, ENLARGE_MANIFEST, PAINT_MANIFEST, RESTYLE, RESTYLE_MANIFEST
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT, write
from tests.discord_server import (
    BotProcess,
    Channel,
    DiscordStandIn,
    Guild,
    Interaction,
    Message,
    Permission,
    Role,
    User,
    answered,
)
from tests.discord_server.resolving import Value

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
MODERATORS = Role("Moderators", Permission.MANAGE_MESSAGES)

Press = Callable[..., Awaitable[Interaction]]
Order = Callable[..., Awaitable[Message]]
Delete = Callable[[Message, User], Awaitable[Message]]


@pytest.fixture
def gallery() -> Guild:
    """Another guild that has the bot."""
    return Guild("Gallery", roles=(MODERATORS,))


@pytest.fixture
async def discord(gallery: Guild) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(Guild("Studio", (Channel("general"),), (MODERATORS,)), gallery) as discord:
        yield discord


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(checkpoints=("other.safetensors",)) as comfyui:
        yield comfyui


@pytest.fixture
def alice() -> User:
    return User("alice")


@pytest.fixture
def bob() -> User:
    return User("bob")


@pytest.fixture
def moderator() -> User:
    return User("mo", (MODERATORS,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST)
    write(workflows, "image_to_image", RESTYLE, RESTYLE_MANIFEST)
    write(workflows, "enlarge", ENLARGE, ENLARGE_MANIFEST)
    return workflows


@pytest.fixture
def settings() -> dict[str, str]:
    """Of the process, beside those that it needs."""
    return {}


@pytest.fixture
async def bot(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, tmp_path: Path, settings: dict[str, str]
) -> AsyncIterator[BotProcess]:
    env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "data"), "WORKFLOWS_DIR": str(folder), **settings}
    async with BotProcess(discord, log=tmp_path / "bot.log", env=env, cwd=ROOT) as bot:
        await bot.wait_ready()
        yield bot


@pytest.fixture
def order(discord: DiscordStandIn, bot: BotProcess) -> Order:
    """`/imagine`, up to the finished message."""

    async def ordered(user: User, prompt: str = "a fox", **options: Value) -> Message:
        interaction = await answered(discord.slash("imagine", user=user, options={"prompt": prompt, **options}))
        return await interaction.message.until(is_done, PATIENCE)

    return ordered


@pytest.fixture
def press(discord: DiscordStandIn) -> Press:
    """A button's press, up to its first answer."""

    async def pressed(message: Message, label: str, user: User) -> Interaction:
        return await answered(discord.press(message, label, user=user))

    return pressed


@pytest.fixture
def delete(press: Press) -> Delete:
    """Delete, and yes to the question: the question when it says what came of that."""

    async def deleted(message: Message, user: User) -> Message:
        asked = await (await press(message, "Delete", user)).followup()
        await press(asked, "Delete", user)
        return await asked.until(lambda m: not m.buttons, PATIENCE)

    return deleted


def is_done(message: Message) -> bool:
    return "✅" in message.content


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]
