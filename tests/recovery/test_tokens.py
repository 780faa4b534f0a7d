"""The interaction's token dies while its job waits or runs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.pictures import marked
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Channel, DiscordStandIn, Guild, Interaction, Permission, Request, answered
from tests.looks import is_done, is_queued, is_running, says
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

SEEN, HIDDEN = Channel("seen"), Channel("hidden")
NOTHING = Permission(0)
WARNED_AFTER, DEAD_AFTER = 13.5 * 60, 15 * 60


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(Guild(channels=(SEEN, HIDDEN))) as discord:
        discord.set_bot_permissions(HIDDEN, NOTHING)
        yield discord


def by_token(discord: DiscordStandIn, order: Interaction) -> list[Request]:
    return [one for one in discord.requests if one.path.startswith("/webhooks/") and order.token in one.path]


async def grows_older(studio: Studio, seconds: float) -> None:
    """All orders do while the bot is down."""
    await studio.bot.kill()
    studio.change("UPDATE jobs SET created_at = created_at - ?", seconds)
    await studio.start()


async def test_while_it_waits_and_runs_the_same_message_goes_on(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    orders = [await studio.order(user, f"fox {number}") for number, user in enumerate((ALICE, BOB, ALICE, BOB))]
    await studio.begun(orders[0])
    last = orders[-1]
    await last.message.until(says("2nd in line"))
    for order in orders:
        order.expire()
    dead = len(discord.requests)
    comfyui.faults.hang_in = None
    for order in orders:
        await order.message.until(is_done)
        assert order.message.attachments
    assert len(discord.messages(SEEN)) == len(orders)
    for order in orders:
        refused = [request for request in by_token(discord, order) if request in discord.requests[dead:]]
        assert len(refused) <= 1, "once is enough to know that it is dead"


async def test_a_bot_that_starts_later_does_not_try_the_dead_token(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    orders = [await studio.order(ALICE, f"fox {number}") for number in range(3)]
    await orders[0].message.until(is_running)
    await orders[2].message.until(is_queued)
    await grows_older(studio, DEAD_AFTER)
    before = len(discord.requests)
    comfyui.faults.hang_in = None
    for order in orders:
        order.expire()
        await order.message.until(is_done)
    assert not any(request.path.startswith("/webhooks/") for request in discord.requests[before:])
    assert len(discord.messages(SEEN)) == len(orders)


async def out_of_sight(studio: Studio, comfyui: ComfyUIStandIn) -> Interaction:
    """An order whose message the bot can only reach by its token, which is dead now; its job is on its server."""
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE, channel=HIDDEN)
    await studio.begun(order)
    await grows_older(studio, WARNED_AFTER)
    warning = await order.followup()
    assert warning.ephemeral
    assert "direct message" in warning.content
    await until(lambda: studio.select("SELECT 1 FROM jobs WHERE warned_at IS NOT NULL") != [])
    await grows_older(studio, DEAD_AFTER - WARNED_AFTER)
    order.expire()
    return order


async def test_out_of_sight_the_owner_is_warned_and_gets_his_picture_privately(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    order = await out_of_sight(studio, comfyui)
    direct = discord.direct(ALICE)
    # The answer to the direct message never arrives: the next process sends it again, and it is one anyway.
    discord.faults.holds = lambda request: request.path == f"/channels/{direct.id}/messages"
    comfyui.faults.hang_in = None
    await until(lambda: len(discord.messages(direct)) == 1)
    await studio.bot.kill()
    discord.faults.holds = None
    await studio.start()
    await until(lambda: studio.states() == {job_of(order): "done"})
    (message,) = discord.messages(direct)
    assert "fox" in message.content
    assert f"<#{HIDDEN.id}>" in message.content
    assert len(message.attachments) == 1
    assert len(order.followups) == 1, "warned once"
    assert studio.executed() == [job_of(order)]


async def test_out_of_sight_and_direct_messages_closed_its_history_brings_it(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    order = await out_of_sight(studio, comfyui)
    discord.close_direct(ALICE)
    comfyui.faults.hang_in = None
    await until(lambda: studio.states() == {job_of(order): "done"})
    listed = await answered(discord.slash("history", user=ALICE, channel=SEEN))
    brought = await answered(discord.select(listed.message, "Bring one back", [job_of(order)], user=ALICE))
    await brought.message.until(lambda message: bool(message.attachments))
    assert brought.message.ephemeral
    assert brought.message.attachments[0].content == marked(comfyui.output_bytes("darkroom_00001_.png"))
    after = await studio.order(BOB)
    await after.message.until(is_done)


@pytest.mark.parametrize("waits", [False, True], ids=["running", "waiting"])
async def test_a_private_reply_keeps_no_bar_and_no_button_after_its_token(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, waits: bool
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    if waits:
        await studio.begun(await studio.order(BOB))
    order = await discord.slash("imagine", user=ALICE, prompt="a fox", private=True, channel=SEEN)
    await order.acknowledged()
    await order.message.until(is_queued if waits else is_running)
    await grows_older(studio, WARNED_AFTER)
    await order.message.until(lambda message: "direct message" in message.content)
    assert not order.message.buttons
    assert not order.message.attachments
    await until(lambda: studio.select("SELECT 1 FROM jobs WHERE warned_at IS NOT NULL") != [])
    await grows_older(studio, DEAD_AFTER - WARNED_AFTER)
    order.expire()
    comfyui.faults.hang_in = None
    await until(lambda: set(studio.states().values()) == {"done"})
    (direct,) = discord.messages(discord.direct(ALICE))
    assert direct.attachments
    assert "a fox" in order.message.content
    assert "▰" not in order.message.content
    assert not order.message.buttons


async def test_a_private_reply_that_ends_before_its_token_shows_its_end(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    order = await discord.slash("imagine", user=ALICE, prompt="a fox", private=True, channel=SEEN)
    await order.acknowledged()
    await order.message.until(is_running)
    await grows_older(studio, WARNED_AFTER)
    await order.message.until(lambda message: "direct message" in message.content)
    comfyui.faults.hang_in = None
    await order.message.until(is_done)
    assert order.message.attachments
    assert not discord.messages(discord.direct(ALICE))


async def test_a_refused_message_is_not_edited_over_and_over(discord: DiscordStandIn, tmp_path: Path) -> None:
    async with (
        ComfyUIStandIn(steps_per_second=5) as comfyui,
        Studio(discord, [comfyui], tmp_path) as studio,
    ):
        order = await studio.order(ALICE, channel=HIDDEN)
        await order.message.until(is_running)
        order.expire()
        await until(lambda: studio.states() == {job_of(order): "done"})
        refused = [request for request in discord.requests if request.status in {401, 403}]
    # One that shows progress and one that brings the image, each by the token and by the channel.
    assert len(refused) <= 4
    (message,) = discord.messages(discord.direct(ALICE))
    assert message.attachments
