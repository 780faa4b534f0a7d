"""Several ComfyUIs: nobody waits behind a long job while another server is idle."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.looks import is_cancelled, is_done, is_running
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, job_of
from tests.server_blamed import BLAMED
from tests.waiting import until

ALONE = "alone"


@pytest.fixture
async def one() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as one:
        yield one


@pytest.fixture
async def other() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as other:
        yield other


@pytest.fixture
async def studio(
    request: pytest.FixtureRequest, discord: DiscordStandIn, one: ComfyUIStandIn, other: ComfyUIStandIn, tmp_path: Path
) -> AsyncIterator[Studio]:
    """Both answer, or (`ALONE`) the other one is not started yet."""
    alone = getattr(request, "param", None) == ALONE
    if alone:
        await other.stop()
    async with Studio(discord, [one, other], tmp_path) as studio:
        await answering(studio, 1 if alone else 2)
        yield studio


async def answering(studio: Studio, number: int) -> None:
    await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(number,)])


async def test_nobody_waits_behind_a_long_job_beside_a_server_that_is_free_again(
    studio: Studio, one: ComfyUIStandIn, other: ComfyUIStandIn
) -> None:
    one.faults.hang_in = other.faults.hang_in = "KSampler"
    first = [await studio.order(ALICE), await studio.order(BOB)]
    for order in first:
        await order.message.until(is_running)
    later = [await studio.order(user, f"fox {number}") for number, user in enumerate((ALICE, BOB, ALICE, BOB))]
    # One server goes on working for long, the other one is free.
    other.faults.hang_in = None
    for order in later:
        await order.message.until(is_done)
    assert len(one.executed) == 1
    assert other.executed[1:] == [job_of(order) for order in later]


@pytest.mark.parametrize("studio", [ALONE], indirect=True)
async def test_what_is_ready_moves_to_a_server_that_comes_back(
    studio: Studio, one: ComfyUIStandIn, other: ComfyUIStandIn
) -> None:
    one.faults.hang_in = "KSampler"
    long, ready, next_one = await studio.order(ALICE), await studio.order(BOB), await studio.order(ALICE, "a bell")
    await studio.submitted(ready)
    await other.start()
    for order in (ready, next_one):
        await order.message.until(is_done)
    assert one.executed == [job_of(long)]
    assert other.executed == [job_of(ready), job_of(next_one)]


@pytest.mark.parametrize("studio", [ALONE], indirect=True)
async def test_what_is_cancelled_while_it_moves_runs_nowhere(
    studio: Studio, one: ComfyUIStandIn, other: ComfyUIStandIn
) -> None:
    one.faults.hang_in = "KSampler"
    await studio.order(ALICE)
    ready = await studio.order(BOB)
    await studio.submitted(ready)
    # Taken out of the queue, which nobody hears of yet.
    one.faults.held.add("/queue")
    await other.start()
    await answering(studio, 2)
    await (await studio.discord.press(ready.message, "Cancel", user=BOB)).acknowledged()
    one.faults.held.clear()
    await ready.message.until(is_cancelled)
    assert job_of(ready) not in studio.executed()


@pytest.mark.waits
async def test_jobs_of_a_server_that_falls_silent_move_and_are_delivered_once(
    studio: Studio, one: ComfyUIStandIn, other: ComfyUIStandIn
) -> None:
    one.faults.hang_in = other.faults.hang_in = "KSampler"
    orders = [await studio.order(ALICE, "a fox"), await studio.order(BOB, "a bell")]
    for order in orders:
        await order.message.until(is_running)
    stuck, going = orders if job_of(orders[0]) in one.executed else orders[::-1]
    one.faults.silent, one.faults.http_delay = True, 1e6
    other.faults.hang_in = None
    await going.message.until(is_done)
    await stuck.message.until(is_done)
    assert job_of(stuck) in other.executed
    assert not [state.content for state in stuck.message.states if BLAMED.search(state.content)]
    # It works again, and what it still had is stopped there.
    one.faults.silent, one.faults.http_delay, one.faults.hang_in = False, 0.0, None
    await answering(studio, 2)
    assert len(studio.deliveries(stuck)) == 1
