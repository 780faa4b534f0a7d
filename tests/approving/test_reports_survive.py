"""Reports arrive whatever happens meanwhile: no channel yet, the image or the channel deleted, the bot killed."""

import asyncio

import pytest

from bot.ledger import DELETED, REPORT, Act, Entry, Ledger
from tests.approving.conftest import MILO, Rule, asked, order, press, shown
from tests.discord_server import Channel, DiscordStandIn, Guild, Message, Permission, User, answered
from tests.discord_server.world import EVERYONE
from tests.people import ALICE, BOB, MONA
from tests.programs import Program
from tests.waiting import until

CAROL = User("carol")
WAITS = "🚩 1 report is waiting"


async def delete(discord: DiscordStandIn, message: Message, user: User) -> None:
    """Delete, and confirm it."""
    question = await (await press(discord, message, "Delete", user)).followup()
    await press(discord, question, "Delete", user)
    await question.until(lambda one: "🗑️" in one.content)


async def command(
    discord: DiscordStandIn, name: str, channel: Channel | None = None, **options: str | bool | Channel
) -> str:
    options |= {} if channel is None else {"channel": channel}
    answer = (await answered(discord.slash(f"moderate {name}", user=MONA, options=options))).message
    await answer.until(lambda one: not one.loading)
    return answer.content


async def waiting_is_seen(discord: DiscordStandIn) -> None:
    """Until `/moderate log` says that a report waits."""

    async def seen() -> bool:
        return (await command(discord, "log")).startswith(WAITS)

    await until(seen)


async def no_report_waits(discord: DiscordStandIn) -> None:
    """Until `/moderate log` says of no report that it waits."""

    async def none() -> bool:
        return WAITS not in await command(discord, "log")

    await until(none)


async def erase_all(discord: DiscordStandIn, user: User, label: str = "Erase") -> None:
    """Erase what the bot keeps about this member; their messages stay, unless the button says otherwise."""
    asked = (await answered(discord.slash("privacy", user=user))).message
    sure = (await answered(discord.press(asked, "Erase", user=user))).message
    await discord.press(sure, label, user=user)
    await sure.until(lambda one: "🧹 Erased" in one.content)


async def reported_fox(discord: DiscordStandIn, moderators: Channel) -> tuple[Message, Message]:
    """Alice's image, which Bob has reported, and what moderators read of it."""
    message = await shown(await order(discord, ALICE, "a fox"), "✅")
    await press(discord, message, "Report", BOB)
    return message, await asked(discord, moderators)


def job_id_of(message: Message) -> str:
    return str(next(one for one in message.buttons if one.label == "Report").custom_id).rpartition(":")[2]


def copies(message: Message) -> list[tuple[str, bytes]]:
    return [(one.filename, one.content) for one in message.attachments]


async def test_a_report_waits_for_a_channel_and_outlives_the_image(
    discord: DiscordStandIn, program: Program, moderators: Channel
) -> None:
    async with program().ready() as bot:
        message = await shown(await order(discord, ALICE, "a fox"), "✅")
        image = message.attachments[0]
        for member in (BOB, CAROL):
            await shown((await press(discord, message, "Report", member)).message, "no channel for reports yet")
        panel = (await answered(discord.slash("moderate queue", user=MONA))).message
        assert WAITS in panel.text
        assert (await command(discord, "log")).startswith(WAITS)
        await delete(discord, message, ALICE)
        assert message.deleted
        await bot.kill()
        await bot.start()
        await bot.wait_ready()
        assert (await command(discord, "log")).startswith(WAITS)
        await command(discord, "approvals", moderators)
        report = await asked(discord, moderators, 2)
        assert copies(report) == [(f"SPOILER_{image.filename}", image.content)]
        for part in ("||a fox||", f"Reported by 2 members: <@{BOB.id}>, <@{CAROL.id}>", f"/{message.id}"):
            assert part in report.content
        assert f"<@{ALICE.id}> has since deleted it" in report.content
        assert not report.state.mentioned
        assert [button.label for button in report.buttons] == ["Dismiss"]
        log = await command(discord, "log")
        assert f"<@{ALICE.id}> deleted their own image, which had been reported: https://" in log
        assert WAITS not in log
        await press(discord, report, "Dismiss", MONA)
        await shown(report, f"Dismissed by <@{MONA.id}>")
        assert copies(report)


async def test_a_report_without_a_copy_never_says_that_it_has_one(
    discord: DiscordStandIn, program: Program, moderators: Channel
) -> None:
    async with program().ready():
        message = await shown(await order(discord, ALICE, "a fox"), "✅")
        await press(discord, message, "Report", BOB)
        await erase_all(discord, ALICE, "Erase, delete messages")
        await until(lambda: message.deleted)
        await command(discord, "approvals", moderators)
        report = await asked(discord, moderators, 2)
        assert not report.attachments
        gone = f"<@{ALICE.id}> deleted it before I could copy it."
        assert gone in report.content
        await press(discord, report, "Dismiss", MONA)
        await shown(report, f"Dismissed by <@{MONA.id}>")
        assert gone in report.content
        assert "still has it" not in report.content


@pytest.mark.usefixtures("watched")
async def test_where_no_files_may_be_attached_every_report_is_still_shown(
    discord: DiscordStandIn, program: Program, moderators: Channel
) -> None:
    """Not even the text of a long request can be attached."""
    discord.set_bot_permissions(moderators, EVERYONE & ~Permission.ATTACH_FILES)
    async with program().ready():
        for number, prompt in enumerate((f"a fox {'and a hare ' * 60}", "a fox"), 1):
            message = await shown(await order(discord, ALICE, prompt), "✅")
            await press(discord, message, "Report", BOB)
            report = await asked(discord, moderators, number)
            assert "||a fox" in report.content
            assert "I couldn’t copy the image" in report.content
            assert "Check that I may **Attach Files** here." in report.content
            assert not report.attachments


@pytest.mark.usefixtures("watched")
async def test_a_report_says_so_when_its_image_is_deleted_later(
    discord: DiscordStandIn, program: Program, moderators: Channel
) -> None:
    async with program().ready():
        fox, hare = [await shown(await order(discord, ALICE, prompt), "✅") for prompt in ("a fox", "a hare")]
        await press(discord, fox, "Report", BOB)
        about_fox = await asked(discord, moderators)
        await press(discord, hare, "Report", BOB)
        about_hare = await asked(discord, moderators, 2)
        await delete(discord, fox, ALICE)
        await shown(about_fox, f"<@{ALICE.id}> has since deleted it")
        await delete(discord, hare, MONA)
        await shown(about_hare, f"🗑️ Deleted by <@{MONA.id}>")
        assert len(copies(about_fox)) == len(copies(about_hare)) == 1
        assert not about_hare.buttons
        late = await press(discord, about_fox, "Dismiss", MILO)
        await shown(about_fox, f"Dismissed by <@{MILO.id}>")
        assert late.message.id == about_fox.id


@pytest.mark.usefixtures("watched")
async def test_the_reports_of_a_deleted_channel_come_to_the_next_one(
    discord: DiscordStandIn, program: Program, studio: Guild, moderators: Channel
) -> None:
    async with program().ready():
        message, _ = await reported_fox(discord, moderators)
        discord.delete_channel(moderators)

        await waiting_is_seen(discord)
        await command(discord, "approvals", studio.channel("log"))
        report = await asked(discord, studio.channel("log"), 2)
        assert "||a fox||" in report.content
        assert [content for _, content in copies(report)] == [message.attachments[0].content]
        await press(discord, report, "Delete the image", MONA)
        await shown(report, f"🗑️ Deleted by <@{MONA.id}>")
        assert message.deleted


@pytest.mark.parametrize("running", [True, False], ids=["at once", "while no bot runs"])
async def test_a_deleted_channel_is_none(
    discord: DiscordStandIn, program: Program, studio: Guild, moderators: Channel, *, running: bool
) -> None:
    """Members and moderators read what they would without a channel, and the log's channel takes its place."""
    async with program().ready() as bot:
        await command(discord, "approvals", moderators)
        fox = await shown(await order(discord, ALICE, "a fox"), "✅")
        if running:
            discord.delete_channel(moderators)
        else:
            await bot.kill()
            discord.delete_channel(moderators)
            await bot.start()
            await bot.wait_ready()
            # It is noticed when something is sent there.
            await press(discord, fox, "Report", CAROL)

        async def known() -> bool:
            return "The channel for approvals was deleted." in await command(discord, "log")

        await until(known)
        assert "There’s no channel for approvals" in await command(discord, "approvals")
        await shown((await press(discord, fox, "Report", BOB)).message, "no channel for reports yet")
        await waiting_is_seen(discord)
        await command(discord, "audit", studio.channel("log"))
        await discord.until(lambda: any("||a fox||" in one.content for one in discord.messages(studio.channel("log"))))
        await no_report_waits(discord)
        discord.delete_channel(studio.channel("log"))

        async def log_is_gone() -> bool:
            return "The channel of this log was deleted." in await command(discord, "log")

        await until(log_is_gone)


@pytest.mark.usefixtures("watched")
async def test_a_bot_that_was_killed_at_any_step_finishes_what_it_began(
    discord: DiscordStandIn, program: Program, rule: Rule, studio: Guild, moderators: Channel
) -> None:
    async with program().ready() as bot:
        message = await shown(await order(discord, ALICE, "a fox"), "✅")
        job_id = job_id_of(message)
        await bot.kill()

        async def reported(ledger: Ledger) -> None:
            await ledger.reports.report(Entry(studio.id, Act.REPORTED, BOB.id, ALICE.id, job_id), 10)

        await rule(reported)
        await bot.start()
        report = await asked(discord, moderators)
        assert [content for _, content in copies(report)] == [message.attachments[0].content]
        await bot.kill()

        async def sent_but_not_noted(ledger: Ledger) -> None:
            await ledger.reports.lost(job_id)
            await ledger.reports.begin(job_id, moderators.id)

        await rule(sent_but_not_noted)
        discord.forget_nonces()
        await bot.start()
        await bot.wait_ready()
        await press(discord, message, "Report", CAROL)
        await shown(report, f"<@{BOB.id}>, <@{CAROL.id}>")
        assert len(discord.messages(moderators)) == 1
        await bot.kill()

        async def decided(ledger: Ledger) -> None:
            assert await ledger.reports.decide(job_id, studio.id, MONA.id, DELETED)

        await rule(decided)
        await bot.start()
        await shown(report, f"🗑️ Deleted by <@{MONA.id}>")
        assert message.deleted
        assert len(discord.messages(moderators)) == 1
    await rule(lambda ledger: _is_over(ledger, studio, job_id))


async def _is_over(ledger: Ledger, studio: Guild, job_id: str) -> None:
    case = await ledger.cases.case(job_id, studio.id)
    assert case is not None
    assert case.decision == DELETED
    assert await ledger.reports.copy(job_id) is None
    acts = [line.act for line in await ledger.audit.log(studio.id)]
    assert sorted(acts) == ["deleted", "reported", "reported"]


@pytest.mark.usefixtures("watched")
async def test_who_erases_their_data_does_not_keep_a_reported_image_from_moderators(
    discord: DiscordStandIn, program: Program, moderators: Channel
) -> None:
    async with program().ready():
        message, report = await reported_fox(discord, moderators)
        await erase_all(discord, ALICE)
        assert not message.deleted
        later = await press(discord, message, "Report", CAROL)
        await shown(later.message, "in the moderators’ log")
        await shown(report, f"<@{BOB.id}>, <@{CAROL.id}>")
        assert [button.label for button in report.buttons] == ["Delete the image", "Dismiss"]
        await press(discord, report, "Delete the image", MONA)
        await shown(report, f"🗑️ Deleted by <@{MONA.id}>")
        assert message.deleted


@pytest.mark.usefixtures("watched")
async def test_an_image_of_erased_data_can_be_reported(
    discord: DiscordStandIn, program: Program, moderators: Channel
) -> None:
    async with program().ready():
        message = await shown(await order(discord, ALICE, "a fox"), "✅")
        await erase_all(discord, ALICE)
        await shown((await press(discord, message, "Report", BOB)).message, "in the moderators’ log")
        await shown((await press(discord, message, "Report", BOB)).message, "already reported")
        log = await command(discord, "log")
        assert log.count(f"<@{BOB.id}> reported an image by <@{ALICE.id}>: https://") == 1
        assert f"/{message.channel.id}/{message.id}" in log
        told = await asked(discord, moderators)
        assert f"<@{BOB.id}> reported an image by <@{ALICE.id}>: https://" in told.content
        await no_report_waits(discord)
        erased = await shown(await order(discord, ALICE, "a hare"), "✅")
        await erase_all(discord, ALICE)
        await command(discord, "approvals", off=True)
        await press(discord, erased, "Report", BOB)
        assert (await command(discord, "log")).startswith(WAITS)
        await command(discord, "words add", kind="word", text="gore", action="refuse")
        await command(discord, "approvals", moderators)
        told = await asked(discord, moderators, 3)
        assert f"/{erased.id}" in told.content
        assert "gore" not in told.content
        await no_report_waits(discord)


@pytest.mark.usefixtures("watched")
async def test_a_moderator_reads_what_to_do_where_discord_does_not_delete_an_image(
    discord: DiscordStandIn, program: Program, moderators: Channel
) -> None:
    async with program().ready():
        message, report = await reported_fox(discord, moderators)
        await erase_all(discord, ALICE)  # and with it the token that deletes it, too
        discord.fail_next("DELETE", f"/channels/{message.channel.id}/messages/{message.id}", 403)
        pressed = await press(discord, report, "Delete the image", MONA)
        said = await pressed.followup()
        link = f"/{message.channel.id}/{message.id}"
        assert said.content.startswith("Discord doesn’t let me delete it. Please delete its message yourself: https://")
        assert said.content.endswith(link)
        assert [button.label for button in report.buttons] == ["Delete the image", "Dismiss"]


@pytest.mark.usefixtures("watched")
async def test_of_two_moderators_at_once_one_decides(
    discord: DiscordStandIn, program: Program, rule: Rule, studio: Guild, moderators: Channel
) -> None:
    job_ids: list[str] = []
    async with program().ready():
        for number in range(3):
            message = await shown(await order(discord, ALICE, f"fox {number}"), "✅")
            job_ids.append(job_id_of(message))
            await press(discord, message, "Report", BOB)
            report = await asked(discord, moderators, number + 1)
            state = report.state
            await asyncio.gather(
                discord.press(report, "Delete the image", user=MONA, state=state),
                discord.press(report, "Dismiss", user=MILO, state=state),
            )
            await report.until(lambda one: "Deleted by" in one.content or "Dismissed by" in one.content)
            deleted = f"Deleted by <@{MONA.id}>" in report.content
            assert deleted != (f"Dismissed by <@{MILO.id}>" in report.content)
            if deleted:
                await message.until(lambda one: one.deleted)
            assert message.deleted == deleted

    async def once(ledger: Ledger) -> None:
        decisions = [line for line in await ledger.audit.log(studio.id, limit=50) if line.act != "reported"]
        assert sorted(str(line.job_id) for line in decisions) == sorted(job_ids)
        for job_id in job_ids:
            case = await ledger.cases.case(job_id, studio.id, REPORT)
            assert case is not None
            assert (case.decision == DELETED) == (case.decided_by == MONA.id)

    await rule(once)
