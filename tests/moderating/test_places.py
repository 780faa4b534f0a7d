"""Rules of a category hold in its channels, and those of a channel in its threads, where these say nothing."""

from pathlib import Path

import pytest

from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import Channel, DiscordStandIn, Guild, Message, User, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done
from tests.moderating.acts import told
from tests.people import MODERATORS

ART, TALK = Channel("art", kind="category"), Channel("talk", kind="category")
SKETCHES, FINISHED = Channel("sketches", under=ART), Channel("finished", under=ART, nsfw=True)
CHAT = Channel("chat", under=TALK)
DRAFTS, RED = Channel("drafts", under=SKETCHES, kind="thread"), Channel("red", under=FINISHED, kind="thread")
PLACES = {place.name: place for place in (SKETCHES, FINISHED, CHAT, DRAFTS, RED)}
MIA, ALICE = User("mia", roles=(MODERATORS,)), User("alice")


pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", (ART, TALK, *PLACES.values()), roles=(MODERATORS,)),)


@pytest.fixture
def folder(folder: Path) -> Path:
    late = PAINT_MANIFEST.replace("default = true", "nsfw = true").replace("Painting", "Late show")
    write(folder, "late", PAINT, late)
    return folder


async def rule(discord: DiscordStandIn, place: Channel, **said: Value) -> None:
    command = await discord.slash("moderate channels set", user=MIA, channel=CHAT, options={"channel": place, **said})
    await told(command)


async def order(discord: DiscordStandIn, place: Channel, **more: Value) -> Message:
    ordered = await answered(discord.slash("imagine", user=ALICE, channel=place, options={"prompt": "a cat", **more}))
    return ordered.message


async def taken_in(discord: DiscordStandIn, **more: Value) -> set[str]:
    """The places where an order is taken."""
    return {name for name, place in PLACES.items() if not (await order(discord, place, **more)).ephemeral}


async def test_a_denied_category_is_denied_down_to_its_threads(discord: DiscordStandIn) -> None:
    await rule(discord, ART, use="deny")
    assert await taken_in(discord) == {"chat"}
    # The narrowest word counts.
    await rule(discord, SKETCHES, use="allow")
    assert await taken_in(discord) == {"sketches", "drafts"}, "as soon as one is allowed by name, others are not"
    await rule(discord, DRAFTS, use="deny")
    assert await taken_in(discord) == {"sketches"}


async def test_where_one_category_is_allowed_the_others_are_not(discord: DiscordStandIn) -> None:
    await rule(discord, ART, use="allow")
    assert await taken_in(discord) == {"sketches", "finished", "drafts", "red"}


async def test_what_a_channel_hides_its_threads_hide(discord: DiscordStandIn) -> None:
    await rule(discord, SKETCHES, spoiler="yes")
    for place, hidden in ((DRAFTS, True), (RED, False)):
        message = await (await order(discord, place)).until(is_done)
        assert [file.filename.startswith("SPOILER_") for file in message.attachments] == [hidden]


async def test_a_thread_is_as_age_restricted_as_its_channel(discord: DiscordStandIn) -> None:
    assert await taken_in(discord, workflow="late") == {"finished", "red"}
