"""The bot is killed at every stage of a job: each ends in its own message, with its image, run once."""

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import SILENT, DiscordStandIn, Interaction, answered
from tests.looks import is_cancelled, is_done, is_queued, is_running, is_stopping, says
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, brings_picture, job_of
from tests.waiting import until


async def all_done(studio: Studio, orders: list[Interaction]) -> None:
    """Each in its own message, which has its image, and nothing ran twice."""
    for order in orders:
        await order.message.until(is_done)
        assert len(order.message.attachments) == 1
    assert sorted(studio.executed()) == sorted(map(job_of, orders))
    assert len(studio.discord.messages()) == len(orders)
    await until(lambda: set(studio.states().values()) == {"done"})


async def test_while_jobs_are_queued_and_running(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    orders = [await studio.order(user, f"fox {n}") for n, user in enumerate((ALICE, BOB, ALICE, BOB))]
    await orders[0].message.until(is_running)
    await studio.submitted(orders[1])
    await studio.restart()
    comfyui.faults.hang_in = None
    await all_done(studio, orders)


async def test_while_a_job_is_being_submitted(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.held.add("/prompt")
    order = await studio.order(ALICE)
    await studio.submitted(order)
    await studio.bot.kill()
    comfyui.faults.held.clear()
    await studio.start()
    await all_done(studio, [order])


async def test_while_its_picture_is_fetched(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.held.add("/view")
    order = await studio.order(ALICE)
    await order.message.until(is_running)
    await until(lambda: bool(comfyui.viewed))
    await studio.bot.kill()
    comfyui.faults.held.clear()
    await studio.start()
    await all_done(studio, [order])


async def test_while_its_picture_is_on_the_way_to_discord(studio: Studio, discord: DiscordStandIn) -> None:
    discord.fail_next("PATCH", "/webhooks/*", 503, times=100)
    order = await studio.order(ALICE)
    await until(lambda: bool(studio.deliveries(order)))
    await studio.bot.kill()
    discord.faults.forget()
    await studio.start()
    await all_done(studio, [order])


async def test_right_after_discord_took_the_picture(studio: Studio, discord: DiscordStandIn) -> None:
    discord.faults.holds = brings_picture
    order = await studio.order(ALICE)
    await order.message.until(is_done)
    assert studio.states()[job_of(order)] == "running", "the ledger has not heard of it"
    states = len(order.message.states)
    await studio.bot.kill()
    discord.faults.holds = None
    await studio.start()
    await all_done(studio, [order])
    await all_done(studio, [order, await studio.order(BOB, "a whale")])
    assert len(studio.deliveries(order)) == 1
    assert len(order.message.states) == states, "nothing was written over it meanwhile"


async def test_right_after_discord_took_the_picture_and_comfyui_with_it(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    discord.faults.holds = brings_picture
    order = await studio.order(ALICE)
    await order.message.until(is_done)
    states = len(order.message.states)
    await studio.bot.kill()
    await comfyui.stop()
    discord.faults.holds = None
    await studio.start()
    await comfyui.start()
    await all_done(studio, [order])
    assert len(order.message.states) == states


async def test_after_discord_took_the_reply_and_before_the_ledger_heard_its_number(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    await comfyui.stop()
    discord.faults.holds = lambda request: request.path.endswith("/callback")
    order = await studio.order(ALICE)
    await studio.bot.kill()
    discord.faults.holds = None
    assert studio.select("SELECT message_id FROM jobs") == [(None,)]
    await studio.start()
    await comfyui.start()
    await all_done(studio, [order])
    assert studio.select("SELECT message_id FROM jobs") == [(order.message.id,)]


async def test_before_discord_got_the_reply_the_order_is_not_carried_out(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    await comfyui.stop()
    discord.faults.latency = 60.0
    interaction = await discord.slash("imagine", user=ALICE, prompt="a fox")
    await discord.until(lambda: any(str(interaction.id) in request.path for request in discord.requests))
    await studio.bot.kill()
    discord.faults.latency = 0.0
    await studio.start()
    await comfyui.start()
    other = await studio.order(BOB)
    await other.message.until(is_done)
    assert interaction.reply is None
    assert studio.executed() == [job_of(other)]
    assert not discord.messages(discord.direct(ALICE))
    await until(lambda: sorted(studio.states().values()) == ["done", "failed"])


async def test_comfyui_dies_as_well_and_comes_back_later(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await studio.begun(order)
    await studio.bot.kill()
    await comfyui.stop()
    comfyui.faults.hang_in = None
    await studio.start()
    await order.message.until(says("can’t be reached"))
    await comfyui.start()
    await order.message.until(is_done)
    assert studio.executed() == [job_of(order)] * 2


async def test_a_cancellation_that_the_dead_bot_promised_is_kept(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await studio.begun(order)
    await (await studio.discord.press(order.message, "Cancel", user=ALICE)).acknowledged()
    await order.message.until(is_stopping)
    await studio.restart()
    comfyui.faults.hang_in = None
    await order.message.until(is_cancelled)


async def test_right_after_a_cancellation_was_written_down(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    *others, waiting = [await studio.order(ALICE, f"fox {number}") for number in range(3)]
    await until(lambda: len(comfyui.submitted) == 2)
    discord.fail_next("PATCH", "*", SILENT, times=100)
    await discord.press(waiting.message, "Cancel", user=ALICE)
    await until(lambda: studio.states()[job_of(waiting)] == "cancelled")
    await studio.bot.kill()
    discord.faults.forget()
    await studio.start()
    await waiting.message.until(is_cancelled)
    comfyui.faults.hang_in = None
    for order in others:
        await order.message.until(is_done)
    assert job_of(waiting) not in studio.executed()


async def test_again_and_again(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    orders = []
    for number in range(3):
        orders += [await studio.order(user, f"fox {number}") for user in (ALICE, BOB)]
        await studio.restart()
    await all_done(studio, orders)


async def test_buttons_from_before_work(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    first, ready, waiting = [await studio.order(user) for user in (ALICE, BOB, ALICE)]
    await studio.submitted(ready)
    await waiting.message.until(is_queued)
    await studio.restart()
    press = await answered(studio.discord.press(waiting.message, "Cancel", user=BOB))
    assert "not yours" in press.message.content
    for order, user in ((waiting, ALICE), (ready, BOB)):
        await (await studio.discord.press(order.message, "Cancel", user=user)).acknowledged()
        await order.message.until(is_cancelled)
    comfyui.faults.hang_in = None
    await first.message.until(is_done)
    assert studio.executed() == [job_of(first)]
