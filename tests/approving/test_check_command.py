"""`/moderate check`: who can set it, what it sets, and how it answers."""

import sys
from pathlib import Path

import pytest

from bot.ledger import Ledger
from tests.approving.conftest import Rule
from tests.approving.looking import __file__ as looking
from tests.discord_server import BotProcess, DiscordStandIn, Guild, NotOffered, User, answered
from tests.people import ALICE, MONA
from tests.programs import Program
from tests.waiting import until


async def said(discord: DiscordStandIn, user: User, **options: str | int) -> str:
    await until(lambda: "moderate" in {one["name"] for one in discord.commands()})
    interaction = await answered(discord.slash("moderate check", user=user, options=options))
    assert interaction.message.ephemeral
    return (await interaction.message.until(lambda message: not message.loading)).content


async def test_it_is_set_shown_and_taken_back(
    discord: DiscordStandIn, program: Program, rule: Rule, studio: Guild, gallery: Guild
) -> None:
    async with program().ready() as bot:
        assert "Image check: off." in await said(discord, MONA)
        assert "off" in await said(discord, MONA, threshold=20)
        held = await said(discord, MONA, action="hold", threshold=70)
        assert "Image check: Hold images until a moderator approves them, at 70% certainty or more." in held
        assert "isn’t installed or doesn’t start, so every image waits for a moderator" in held
        assert "no channel for approvals" in held
        assert "Put images behind a spoiler, at 70% certainty or more" in await said(discord, MONA, action="spoiler")
        assert "at 30% certainty or more" in await said(discord, MONA, threshold=30)
        await bot.terminate()

    async def kept(ledger: Ledger) -> None:
        guild = (await ledger.rules.book(studio.id)).guild
        assert (guild.check_action, guild.check_threshold) == ("spoiler", 0.3)
        assert (await ledger.rules.book(gallery.id)).guild.check_action is None
        assert {line.actor_id for line in await ledger.audit.log(studio.id, act="picture check")} == {MONA.id}

    await rule(kept)
    async with program().ready() as bot:
        assert "Image check: off." in await said(discord, MONA, action="off")


async def test_it_warns_of_nothing_where_its_program_starts(
    discord: DiscordStandIn, program: Program, tmp_path: Path, studio: Guild
) -> None:
    async with program({"PICTURE_CHECK": f"{sys.executable} {looking} {tmp_path}"}).ready():
        place = {"channel": studio.channel("moderators")}
        approvals = await answered(discord.slash("moderate approvals", user=MONA, options=place))
        await approvals.message.until(lambda message: not message.loading)
        assert "\n" not in await said(discord, MONA, action="refuse")


async def test_it_is_for_moderators(discord: DiscordStandIn, bot: BotProcess) -> None:
    with pytest.raises(NotOffered):
        await said(discord, ALICE)
    # Given to everybody by a server admin: asked again in code.
    discord.reassigned.add("moderate")
    assert "Only moderators" in await said(discord, ALICE, action="off")
