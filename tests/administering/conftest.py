"""A guild with an administrator, a member and a neighbour, between whom the whole program runs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.discord_server import Channel, DiscordStandIn, File, Guild, Interaction, Permission, Role, User, answered
from tests.looks import says

ADMIN = User("ada", roles=(Role("admins", Permission.MANAGE_GUILD),))
MEMBER = User("bob")


@pytest.fixture
def neighbour() -> Guild:
    return Guild("Next door", channels=(Channel("lobby"),))


@pytest.fixture
def guilds(neighbour: Guild) -> tuple[Guild, ...]:
    return Guild(), neighbour


def json_file(name: str, content: Mapping[str, Any]) -> File:
    return File(name, json.dumps(content).encode())


async def add(discord: DiscordStandIn, user: User, file: File, **more: str | File) -> Interaction:
    """`/workflow add`, answered."""
    interaction = await answered(discord.slash("workflow add", user=user, options={"file": file, **more}))
    await interaction.message.until(lambda message: not message.loading)
    return interaction


async def make_live(discord: DiscordStandIn, user: User, file: File, **more: str | File) -> None:
    """`/workflow add`, and the button that makes it live."""
    added = await add(discord, user, file, **more)
    await (await discord.press(added.message, "Make it live", user=user)).acknowledged()
    await added.message.until(says("is live"))
