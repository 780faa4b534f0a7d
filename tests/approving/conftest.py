"""Two guilds with moderators, and what they have set before the bot starts."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.ledger import Ledger
from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import Channel, DiscordStandIn, Guild, Interaction, Message, User, answered
from tests.ledgers import open_patiently
from tests.looks import says
from tests.people import MODERATORS

BADWORD = "zeppelin"

Rule = Callable[[Callable[[Ledger], Awaitable[None]]], Awaitable[None]]
MILO = User("milo", roles=(MODERATORS,))


@pytest.fixture
def studio() -> Guild:
    return Guild("Studio", (Channel("general"), Channel("moderators"), Channel("log")))


@pytest.fixture
def moderators(studio: Guild) -> Channel:
    return studio.channel("moderators")


@pytest.fixture
def gallery() -> Guild:
    return Guild("Gallery", (Channel("lobby"), Channel("wardens")))


@pytest.fixture
def guilds(studio: Guild, gallery: Guild) -> tuple[Guild, ...]:
    return studio, gallery


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST)
    return workflows


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'data' / 'darkroom.db'}"


@pytest.fixture
async def rule(database: str) -> Rule:
    """Changes what is in the ledger, while no bot runs."""

    async def changed(change: Callable[[Ledger], Awaitable[None]]) -> None:
        ledger = await open_patiently(database)
        try:
            await change(ledger)
        finally:
            await ledger.close()

    return changed


@pytest.fixture
async def watched(rule: Rule, studio: Guild, gallery: Guild) -> None:
    """One word has to be approved in the studio, and both guilds have a place for their moderators."""

    async def change(ledger: Ledger) -> None:
        await ledger.rules.set_guild(studio.id, approval_channel=studio.channel("moderators").id)
        await ledger.rules.set_guild(gallery.id, approval_channel=gallery.channel("wardens").id)
        await ledger.rules.add_word(studio.id, "word", BADWORD, "hold", 1)

    await rule(change)


async def order(discord: DiscordStandIn, user: User, prompt: str, channel: Channel | None = None) -> Message:
    """The message of an order that was taken."""
    interaction = await answered(
        discord.slash("imagine", user=user, channel=channel, options={"prompt": prompt, "seed": 5})
    )
    return interaction.message


async def asked(discord: DiscordStandIn, channel: Channel, number: int = 1) -> Message:
    """The newest message of a moderators' channel, once there are so many."""
    await discord.until(lambda: len(discord.messages(channel)) >= number)
    return discord.messages(channel)[0]


async def press(discord: DiscordStandIn, message: Message, label: str, user: User) -> Interaction:
    """A press that was answered."""
    return await answered(discord.press(message, label, user=user))


async def reject(discord: DiscordStandIn, message: Message, user: User, reason: str) -> Interaction:
    """Reject, its form filled in and sent."""
    pressed = await press(discord, message, "Reject", user)
    return await answered(pressed.submit({"reason": reason}))


def shown(message: Message, text: str) -> Awaitable[Message]:
    return message.until(says(text))


def leaks(discord: DiscordStandIn, words: str, *allowed: Channel) -> list[str]:
    """The requests that carried these words, or any file, to where they do not belong."""
    paths = tuple(f"/channels/{channel.id}/" for channel in allowed)
    return [
        f"{request.method} {request.path}"
        for request in discord.requests
        if not request.path.startswith(paths) and (words in json.dumps(request.json) or request.files)
    ]


def bodies(discord: DiscordStandIn) -> list[Any]:
    return [request.json for request in discord.requests]
