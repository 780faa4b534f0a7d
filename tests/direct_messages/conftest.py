"""Two guilds with moderators, and a workflow whose images the check objects to."""

from pathlib import Path

import pytest

from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import Channel, DiscordStandIn, Guild, Interaction, User, answered
from tests.discord_server.resolving import Value
from tests.outputs.ordering import PROMPT, coloured, saved, words
from tests.people import MODERATORS

CLOSED = "don’t take requests in direct messages"
OUTSIDE = "only work in servers that have added me"


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    studio = Guild("Studio", (Channel("general"), Channel("log")), roles=(MODERATORS,))
    return studio, Guild("Gallery", (Channel("lobby"),), roles=(MODERATORS,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "workflows", "paint", PAINT, PAINT_MANIFEST)
    for name, color in (("red", 0xFF0000), ("green", 0x00FF00)):
        graph = words() | coloured("2", color=color) | saved("3", "2")
        write(tmp_path / "workflows", name, graph, f'title = "{name.title()}"\n{PROMPT}')
    return tmp_path / "workflows"


async def order(
    discord: DiscordStandIn, user: User, channel: Channel, prompt: str = "a fox", **options: Value
) -> Interaction:
    given = {"prompt": prompt, **options}
    return await answered(discord.slash("imagine", user=user, channel=channel, options=given))


async def answer(interaction: Interaction) -> str:
    """What only the one who asked reads."""
    await interaction.acknowledged()
    await interaction.message.until(lambda message: not message.loading)
    assert interaction.message.ephemeral
    return interaction.message.content
