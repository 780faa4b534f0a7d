"""Report under a result: a private answer, one message for the moderators, and a decision that is carried out."""

import pytest

from bot.discord_ui.moderation.review.reports import REPORTS_A_DAY
from bot.ledger import Act, Entry, Ledger
from tests.approving.conftest import MILO, Rule, asked, order, press, shown
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, User
from tests.people import ALICE, MONA
from tests.programs import Program

pytestmark = pytest.mark.usefixtures("watched")


async def test_a_report_comes_before_the_moderators_once_a_picture(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel
) -> None:
    bob, carol = User("bob"), User("carol")
    message = await shown(await order(discord, ALICE, "a fox"), "✅")
    reported = await press(discord, message, "Report", bob)
    assert reported.message.ephemeral
    await shown(reported.message, "Thank you")
    report = await asked(discord, moderators)
    assert "||a fox||" in report.content
    assert f"by <@{ALICE.id}>" in report.content
    assert f"Reported by 1 member: <@{bob.id}>" in report.content
    assert f"/{message.channel.id}/{message.id}" in report.content
    assert not report.state.mentioned
    assert [file.description for file in report.attachments] == ["AI-generated image"]
    again = await press(discord, message, "Report", bob)
    await shown(again.message, "already reported this image")
    await press(discord, message, "Report", carol)
    await shown(report, f"Reported by 2 members: <@{bob.id}>, <@{carol.id}>")
    await press(discord, report, "Delete the image", MONA)
    await shown(report, f"Deleted by <@{MONA.id}>")
    assert message.deleted
    assert not report.buttons
    assert len(discord.messages(moderators)) == 1


async def test_what_moderators_keep_is_not_brought_before_them_again(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel
) -> None:
    message = await shown(await order(discord, ALICE, "a fox"), "✅")
    await press(discord, message, "Report", User("bob"))
    report = await asked(discord, moderators)
    state = report.state
    refused = await press(discord, report, "Dismiss", ALICE)
    assert "Only moderators" in refused.message.content
    await bot.restart()
    await press(discord, report, "Dismiss", MONA)
    await shown(report, f"Dismissed by <@{MONA.id}>")
    late = await discord.press(report, "Delete the image", user=MILO, state=state)
    assert f"Dismissed by <@{MONA.id}>" in (await late.followup()).content
    other = await press(discord, message, "Report", User("carol"))
    assert "already reviewed this image" in other.message.content
    assert not message.deleted
    assert len(discord.messages(moderators)) == 1


async def test_a_member_may_report_only_so_many_a_day(
    discord: DiscordStandIn, program: Program, rule: Rule, studio: Guild, moderators: Channel
) -> None:
    bob = User("bob")

    async def much(ledger: Ledger) -> None:
        for number in range(REPORTS_A_DAY):
            assert (
                await ledger.reports.report(Entry(studio.id, Act.REPORTED, bob.id, 1, str(number)), REPORTS_A_DAY)
                == "new"
            )

    await rule(much)
    async with program().ready():
        message = await shown(await order(discord, ALICE, "a fox"), "✅")
        reported = await press(discord, message, "Report", bob)
        await shown(reported.message, f"{REPORTS_A_DAY} images in 24 hours")
        assert not discord.messages(moderators)


async def test_another_guild_can_neither_report_nor_delete(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel, gallery: Guild
) -> None:
    message = await shown(await order(discord, ALICE, "a fox"), "✅")
    await press(discord, message, "Report", ALICE)
    report = await asked(discord, moderators)
    copied = await discord.say("anything", user=MONA, channel=gallery.channel("wardens"))
    for state, label, said in (
        (message.state, "Report", "tell a moderator about it"),
        (report.state, "Delete the image", "no longer have the request"),
        (report.state, "Dismiss", "no longer have the request"),
    ):
        copied.become(state)
        pressed = await press(discord, copied, label, MONA)
        assert said in pressed.message.content
    assert not message.deleted
    assert report.buttons
