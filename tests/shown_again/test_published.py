"""Publish asks the rules of this moment, and those of the channel where it is pressed."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.approving.looking import __file__ as looking
from tests.discord_server import Channel, DiscordStandIn, State, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done, labels
from tests.people import ALICE, BOB, MONA
from tests.programs import Program
from tests.shown_again.changes import REFUSING, SPOILING, Change
from tests.shown_again.conftest import (
    ATTIC,
    BOARD,
    DARK,
    GENERAL,
    LOG,
    NIGHT,
    POST,
    ROOM,
    THREAD,
    Moderate,
    Order,
    brought_back,
    told,
)
from tests.waiting import until

ZEPPELIN = "a zeppelin"
EVERYWHERE = (GENERAL, ATTIC, DARK, ROOM, THREAD, POST, NIGHT)


def public(discord: DiscordStandIn) -> list[str]:
    return [message.content for place in EVERYWHERE for message in discord.messages(place)]


@pytest.mark.parametrize("change", REFUSING.values(), ids=REFUSING)
async def test_what_no_longer_holds_is_refused_until_it_does(
    discord: DiscordStandIn, order: Order, moderate: Moderate, change: Change
) -> None:
    message = await order(ZEPPELIN, workflow=change.workflow, private=True)
    await moderate(change.command, **change.options)
    assert change.said in await told(await discord.press(message, "Publish", user=ALICE))
    assert public(discord) == []
    assert labels(message)[0] == "Publish"
    back = dict(change.back_options) or {"rule": "1"}
    await moderate(change.back, **back)
    posted = await (await answered(discord.press(message, "Publish", user=ALICE))).followup()
    assert not posted.ephemeral
    assert [one.filename for one in posted.attachments] == ["image-1.png"]
    log = await moderate("log")
    assert f"<@{ALICE.id}>" in log
    assert "refused" in log


async def test_who_is_blocked_while_their_image_is_looked_at_publishes_nothing(
    discord: DiscordStandIn, program: Program, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    os.mkfifo(seen / "go")
    async with program({"PICTURE_CHECK": f"{sys.executable} {looking} {seen} waits"}).ready():

        async def moderate(command: str, **options: Value) -> None:
            await told(await discord.slash(f"moderate {command}", user=MONA, channel=LOG, options=options))

        given: dict[str, Value] = {"prompt": ZEPPELIN, "workflow": "Green", "private": True}
        message = (await answered(discord.slash("imagine", user=ALICE, options=given))).message
        await message.until(is_done)
        await moderate("check", action="refuse")
        pressed = await discord.press(message, "Publish", user=ALICE)
        await until(lambda: bool(list(seen.glob("seen-*"))))
        await moderate("block", user=ALICE, reason="spam")
        await asyncio.to_thread((seen / "go").write_text, "")
        assert "blocked from requesting images here: spam" in await told(pressed)
        assert public(discord) == []
        await moderate("unblock", user=ALICE)
        pressed = await discord.press(message, "Publish", user=ALICE)
        await asyncio.to_thread((seen / "go").write_text, "")
        assert (await pressed.followup()).attachments


@pytest.mark.parametrize("change", SPOILING.values(), ids=SPOILING)
async def test_it_goes_behind_a_spoiler_where_one_is_asked_for_now(
    discord: DiscordStandIn, order: Order, moderate: Moderate, change: Change
) -> None:
    message = await order(ZEPPELIN, workflow=change.workflow, private=True)
    assert [one.filename for one in message.attachments] == ["image-1.png"]
    await moderate(change.command, **change.options)
    posted = await (await answered(discord.press(message, "Publish", user=ALICE))).followup()
    assert [one.filename for one in posted.attachments] == ["SPOILER_image-1.png"]
    assert posted.attachments[0].content == message.attachments[0].content
    assert posted.attachments[0].description


@pytest.mark.parametrize(
    ("place", "ruled"), [(THREAD, ATTIC), (POST, BOARD), (ROOM, ROOM)], ids=["thread", "forum post", "voice chat"]
)
async def test_rules_of_the_channel_hold_in_its_threads_posts_and_chat(
    discord: DiscordStandIn, order: Order, moderate: Moderate, place: Channel, ruled: Channel
) -> None:
    message = await order(channel=place, private=True)
    await moderate("channels set", channel=ruled, use="deny")
    assert "can’t use me in this channel" in await told(await discord.press(message, "Publish", user=ALICE))
    await moderate("channels set", channel=ruled, use="allow", spoiler="yes")
    posted = await (await answered(discord.press(message, "Publish", user=ALICE))).followup()
    assert posted.channel == place
    assert [one.filename for one in posted.attachments] == ["SPOILER_image-1.png"]


async def test_an_age_restricted_image_is_published_in_age_restricted_channels_only(
    discord: DiscordStandIn, order: Order, moderate: Moderate
) -> None:
    message = await order("night", DARK, workflow="Late", private=True)
    refused = await brought_back(discord, GENERAL)
    assert "only works in age-restricted channels" in refused.content
    assert not refused.attachments
    there = await brought_back(discord, NIGHT)
    posted = await (await answered(discord.press(there, "Publish", user=ALICE))).followup()
    assert posted.channel == NIGHT
    assert public(discord) == [posted.content]
    assert message.attachments


async def test_what_was_published_elsewhere_is_found_and_deleted_there(
    discord: DiscordStandIn, order: Order, moderate: Moderate
) -> None:
    await order(private=True)
    back = await brought_back(discord, ATTIC)
    posted = await (await answered(discord.press(back, "Publish", user=ALICE))).followup()
    assert posted.channel == ATTIC
    page = (await answered(discord.slash("history", user=ALICE, channel=GENERAL))).message
    assert f"{ATTIC.id}/{posted.id}" in page.content
    asked = await (await answered(discord.press(posted, "Delete", user=MONA))).followup()
    await answered(discord.press(asked, "Delete", user=MONA))
    await asked.until(lambda message: "🗑️" in message.content)
    assert posted.deleted


async def test_a_prompt_that_a_moderator_has_approved_is_published(
    discord: DiscordStandIn, order: Order, moderate: Moderate
) -> None:
    await moderate("words add", kind="word", text="zeppelin", action="hold")
    await moderate("approvals", channel=Channel("log", id=discord.guild.channel("log").id))
    asked = await answered(discord.slash("imagine", user=ALICE, options={"prompt": ZEPPELIN, "private": True}))
    log = discord.guild.channel("log")
    await discord.until(lambda: any("zeppelin" in one.content for one in discord.messages(log)))
    case = next(one for one in discord.messages(log) if "zeppelin" in one.content)
    await answered(discord.press(case, "Approve", user=MONA))
    message = await asked.message.until(lambda one: "✅" in one.content)
    posted = await (await answered(discord.press(message, "Publish", user=ALICE))).followup()
    assert posted.attachments


async def test_forged_presses_publish_nothing(discord: DiscordStandIn, order: Order, moderate: Moderate) -> None:
    message = await order(private=True)
    custom_id = str(message.buttons[0].custom_id)
    assert "publish" in custom_id
    mine = await discord.say("not an image of the bot's", user=ALICE)
    planted = discord.plant(GENERAL, [custom_id])
    before = public(discord)
    for under in (mine, planted):
        assert "Press **Publish** under the image itself" in await told(
            await discord.forge(under, custom_id, user=ALICE)
        )
        for other in (BOB, MONA):
            assert "no longer have that request" in await told(await discord.forge(under, custom_id, user=other))
    assert public(discord) == before
    shown: State = message.state
    await answered(discord.press(message, "Delete", user=ALICE))
    assert labels(message)[0] == "Publish"
    await answered(discord.press(message, "Publish", user=ALICE, state=shown))
    late = await answered(discord.press(message, "Publish", user=ALICE, state=shown))
    said = (await late.followup() if late.reply and late.reply.deferred else late.message).content
    assert "already published" in said or "already being published" in said
    # The second press is answered while the first one still posts.
    await discord.until(lambda: len(public(discord)) > len(before))
    assert len(public(discord)) == len(before) + 1
