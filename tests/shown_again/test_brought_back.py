"""What `/history` brings back, and what a grid's menu takes out, is asked about again as well."""

import pytest

from tests.discord_server import DiscordStandIn, Message, answered
from tests.grid.asking import is_complete, start
from tests.looks import is_done
from tests.people import ALICE, MONA
from tests.shown_again.changes import REFUSING, SPOILING, Change
from tests.shown_again.conftest import ATTIC, GENERAL, THREAD, Moderate, Order, brought_back, told

ZEPPELIN = "a zeppelin"


async def sheet(discord: DiscordStandIn, workflow: str) -> Message:
    asked = {"prompt": "a {red|blue} zeppelin", "workflow": workflow, "x": "{red|blue}"}
    return await (await start(discord, ALICE, asked)).until(is_complete)


@pytest.mark.parametrize("change", REFUSING.values(), ids=REFUSING)
async def test_history_brings_back_what_may_be_shown_now(
    discord: DiscordStandIn, order: Order, moderate: Moderate, change: Change
) -> None:
    await order(ZEPPELIN, ATTIC, workflow=change.workflow)
    await moderate(change.command, **change.options)
    refused = await brought_back(discord, GENERAL)
    assert change.said in refused.content
    assert not refused.attachments
    assert ZEPPELIN not in refused.content
    await moderate(change.back, **(dict(change.back_options) or {"rule": "1"}))
    back = await brought_back(discord, GENERAL)
    assert back.attachments
    assert ZEPPELIN in back.content


@pytest.mark.parametrize("change", SPOILING.values(), ids=SPOILING)
async def test_history_brings_it_back_behind_a_spoiler_where_one_is_asked_for_now(
    discord: DiscordStandIn, order: Order, moderate: Moderate, change: Change
) -> None:
    await order(ZEPPELIN, ATTIC, workflow=change.workflow)
    await moderate(change.command, **change.options)
    back = await brought_back(discord, GENERAL)
    assert [one.filename for one in back.attachments] == ["SPOILER_image-1.png"]
    assert back.attachments[0].description


async def test_what_a_moderator_has_deleted_is_not_brought_back(
    discord: DiscordStandIn, order: Order, moderate: Moderate
) -> None:
    message = await order()
    page = (await answered(discord.slash("history", user=ALICE))).message
    job_id = page.components[0]["components"][0]["options"][0]["value"]
    asked = await (await answered(discord.press(message, "Delete", user=MONA))).followup()
    await answered(discord.press(asked, "Delete", user=MONA))
    await asked.until(lambda one: "🗑️" in one.content)
    assert "no longer available" in await told(await discord.select(page, "Bring one back", [job_id], user=ALICE))


@pytest.mark.parametrize("name", ["block", "words", "channel", "workflow"])
async def test_again_and_retry_are_asked_about_as_well(
    discord: DiscordStandIn, order: Order, moderate: Moderate, name: str
) -> None:
    change = REFUSING[name]
    message = await order(ZEPPELIN, workflow=change.workflow)
    await moderate(change.command, **change.options)
    job_id = str(message.buttons[0].custom_id).rpartition(":")[2]
    for word in ("again", "retry"):
        said = await told(await discord.forge(message, f"darkroom:{word}:{job_id}", user=ALICE))
        assert change.said.partition(". Use")[0].removeprefix("prompt ") in said


@pytest.mark.parametrize("name", ["block", "words", "held words", "channel", "workflow", "check refuses"])
async def test_a_grid_gives_out_what_may_be_shown_now(
    discord: DiscordStandIn, bot: object, moderate: Moderate, name: str
) -> None:
    change = REFUSING[name]
    message = await sheet(discord, change.workflow)
    before = len(discord.messages())
    await moderate(change.command, **change.options)
    menu = message.components[0]["components"][0]
    picked = menu["options"][0]["value"]
    refused = await discord.select(message, menu["custom_id"], [picked], user=ALICE)
    reply = await refused.acknowledged()
    said = await refused.followup() if reply.deferred else refused.message
    assert change.said in said.content
    assert said.ephemeral
    await discord.until(lambda: len(discord.messages()) == before)
    await moderate(change.back, **(dict(change.back_options) or {"rule": "1"}))
    out = await answered(discord.select(message, menu["custom_id"], [picked], user=ALICE))
    taken = await out.message.until(is_done)
    assert taken.attachments


async def test_a_grid_gives_it_out_behind_a_spoiler_where_one_is_asked_for_now(
    discord: DiscordStandIn, bot: object, moderate: Moderate
) -> None:
    message = await sheet(discord, "Green")
    await moderate("channels set", channel=GENERAL, spoiler="yes")
    menu = message.components[0]["components"][0]
    out = await answered(discord.select(message, menu["custom_id"], [menu["options"][0]["value"]], user=ALICE))
    taken = await out.message.until(is_done)
    assert [one.filename.startswith("SPOILER_") for one in taken.attachments] == [True]


async def test_a_thread_brings_back_by_its_channels_rules(
    discord: DiscordStandIn, order: Order, moderate: Moderate
) -> None:
    await order()
    await moderate("channels set", channel=ATTIC, spoiler="yes")
    back = await brought_back(discord, THREAD)
    assert [one.filename for one in back.attachments] == ["SPOILER_image-1.png"]
