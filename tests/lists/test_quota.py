"""`/quota` in plain words."""

from pathlib import Path

import pytest

from bot.discord_ui.requests.quota import quota_text
from bot.ledger import Allowance, Usage
from tests.discord_server import Channel, DiscordStandIn, Guild, User
from tests.ledgers import open_patiently
from tests.people import ALICE
from tests.programs import Program

NOTHING = Usage(0, 0, None)


def test_without_limits_it_says_so() -> None:
    text = quota_text(Allowance(), Usage(2, 7, 1000.0))
    assert "no limits" in text
    assert "**2**" in text
    assert "**7**" in text
    assert "<t:" not in text


def test_each_limit_is_told_with_what_is_used_of_it() -> None:
    text = quota_text(Allowance(queued=3, daily=20), Usage(1, 5, 1000.0))
    assert "**1 of 3**" in text
    assert "**5 of 20** · the oldest stops counting <t:1001:R>" in text
    assert "no limits" not in text


def test_a_full_line_says_when_more_can_be_ordered() -> None:
    assert "when one of these starts" in quota_text(Allowance(queued=3), Usage(3, 0, None))
    assert "when one of these starts" not in quota_text(Allowance(queued=3), Usage(2, 0, None))


@pytest.mark.parametrize(
    ("allowance", "words"),
    [
        (Allowance(lane=-1), "before the normal queue"),
        (Allowance(lane=1), "nobody in the normal queue"),
        (Allowance(weight=2.5), "2.5 times as often"),
    ],
)
def test_a_place_in_line_is_told_in_words(allowance: Allowance, words: str) -> None:
    assert words in quota_text(allowance, NOTHING)
    assert words not in quota_text(Allowance(), NOTHING)


async def test_a_member_reads_what_his_server_allows(
    discord: DiscordStandIn, program: Program, tmp_path: Path, guilds: tuple[Guild, Guild]
) -> None:
    ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'darkroom.db'}")
    await ledger.rules.change_limits(guilds[0].id, guilds[0].id, wipe=True, queued=4, daily=9, steps=30)
    await ledger.close()
    async with program({"DIRECT_MESSAGES": "on"}).ready():
        here = await said(discord, ALICE, guilds[0].channels[0])
        assert "**0 of 4**" in here
        assert "**0 of 9**" in here
        assert "at most 30 steps" in here
        for elsewhere in (guilds[1].channels[0], discord.direct(ALICE)):
            assert "no limits" in await said(discord, ALICE, elsewhere)


async def said(discord: DiscordStandIn, user: User, channel: Channel) -> str:
    interaction = await discord.slash("quota", user=user, channel=channel)
    reply = await interaction.acknowledged()
    assert reply.ephemeral
    return interaction.message.content
