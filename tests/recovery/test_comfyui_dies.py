"""ComfyUI dies over a job and comes back empty."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Interaction
from tests.looks import is_cancelled, is_done, is_failed, is_running, labels, says
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

SAYS_WHY = "didn’t finish this one, so it starts over"


@contextlib.asynccontextmanager
async def restarted_unnoticed(comfyui: ComfyUIStandIn, order: Interaction) -> AsyncIterator[None]:
    """ComfyUI has restarted and hangs no more; that it has lost this job cannot be found out within the block."""
    await comfyui.stop()
    comfyui.faults.held.add(f"/history/{job_of(order)}")
    comfyui.faults.hang_in = None
    await comfyui.start()
    yield
    comfyui.faults.held.clear()


async def test_the_job_goes_again_at_its_old_place_and_its_message_says_so(
    studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "CLIPTextEncode"
    orders = [await studio.order(user, f"fox {number}") for number, user in enumerate((ALICE, BOB, ALICE, BOB))]
    await studio.submitted(orders[1])
    comfyui.faults.die_after_steps = 3
    comfyui.faults.hang_in = None
    await until(lambda: not comfyui.alive)
    comfyui.faults.hang_in = "KSampler"
    await comfyui.start()
    await orders[0].message.until(says(SAYS_WHY))
    comfyui.faults.hang_in = None
    for order in orders:
        await order.message.until(is_done)
    first, *others = map(job_of, orders)
    assert comfyui.executed == [first, first, *others]
    assert not any(SAYS_WHY in order.message.content for order in orders), "the finished ones do not"


async def test_a_job_whose_loss_is_noticed_first_does_not_overtake(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    first, second = await studio.order(ALICE), await studio.order(BOB)
    await studio.begun(first)
    await studio.submitted(second)
    async with restarted_unnoticed(comfyui, first):
        await until(lambda: studio.states()[job_of(second)] == "queued")
    await until(lambda: set(studio.states().values()) == {"done"})
    assert comfyui.executed == [job_of(first), job_of(first), job_of(second)]


async def test_what_is_ordered_after_a_restart_does_not_overtake_what_was_lost(
    studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    lost = await studio.order(ALICE)
    await studio.begun(lost)
    async with restarted_unnoticed(comfyui, lost):
        later = await studio.order(BOB)
        await until(lambda: studio.states()[job_of(later)] == "queued")
    await until(lambda: set(studio.states().values()) == {"done"})
    assert comfyui.executed == [job_of(lost), job_of(lost), job_of(later)]


async def test_the_second_time_it_fails_and_takes_nobody_with_it(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "CLIPTextEncode"
    deadly, behind = await studio.order(ALICE, "a bomb"), await studio.order(BOB)
    await studio.submitted(behind)
    for _ in range(2):
        comfyui.faults.die_after_steps = 3
        comfyui.faults.hang_in = None
        await until(lambda: not comfyui.alive)
        await comfyui.start()
    await deadly.message.until(is_failed)
    assert "lost track" in deadly.message.content
    assert labels(deadly.message) == ["Retry", "Edit"]
    await behind.message.until(is_done)
    assert comfyui.executed == [job_of(deadly), job_of(deadly), job_of(behind)]
    await until(lambda: studio.states() == {job_of(deadly): "failed", job_of(behind): "done"})


async def test_whoever_waits_for_a_dead_server_can_cancel(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await order.message.until(is_running)
    # The bot comes back before its server does: that one may have the job still.
    await studio.bot.kill()
    await comfyui.stop()
    await studio.start()
    await order.message.until(says("can’t be reached"))
    later = await studio.order(ALICE)
    assert "can’t be reached" in later.message.states[0].content, "known from the first moment on"
    for one in (order, later):
        await (await studio.discord.press(one.message, "Cancel", user=ALICE)).acknowledged()
        await one.message.until(is_cancelled)
    await until(lambda: set(studio.states().values()) == {"cancelled"})


@pytest.mark.parametrize("comfyui", [5.0], indirect=True, ids=["slowly"])
async def test_a_cancelled_job_does_not_wait_for_a_server_that_died(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    order = await studio.order(ALICE)
    await order.message.until(is_running)
    comfyui.faults.http_status |= {"/queue": 503, "/history": 503, "/jobs": 503}
    await (await studio.discord.press(order.message, "Cancel", user=ALICE)).acknowledged()
    await order.message.until(is_cancelled)
