"""The operator's caps in direct messages: those of a request hold there; those of a server count no direct messages."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.direct_messages.conftest import answer, order
from tests.discord_server import BotProcess, Channel, DiscordStandIn, User
from tests.people import ALICE, BOB
from tests.waiting import until


@pytest.fixture
def settings() -> dict[str, str]:
    caps = {"MAX_SIZE": "512x512", "MAX_IMAGES": "2", "GUILD_QUEUED": "1", "GUILD_DISK": "1"}
    return {"DIRECT_MESSAGES": "on", **caps}


async def test_members_in_direct_messages_are_no_server(
    discord: DiscordStandIn, bot: BotProcess, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    people = [ALICE, BOB, *(User(f"member{number}") for number in range(3))]
    orders = [await order(discord, user, discord.direct(user)) for _ in range(3) for user in people]
    await until(lambda: bool(comfyui.executed))
    assert not [one.message.content for one in orders if one.message.ephemeral]
    # In a server, the second one that waits is one too many.
    here = discord.guild.channels[0]
    told = [await order(discord, user, here) for user in people]
    refused = [one.message.content for one in told if one.message.ephemeral]
    assert refused
    assert all("This server has 1 request" in text for text in refused)


async def test_a_requests_size_is_capped_there(discord: DiscordStandIn, bot: BotProcess) -> None:
    direct: Channel = discord.direct(ALICE)
    for options in ({"size": "1024x1024"}, {"count": 4}):
        assert "the people who run this bot allow" in await answer(await order(discord, ALICE, direct, **options))
    assert not (await order(discord, ALICE, direct, size="512x512", count=2)).message.ephemeral
