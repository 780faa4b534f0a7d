"""SIGTERM: what is being delivered gets there, what runs goes on after the next start, and no hold is left behind."""

from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.looks import is_done, is_running
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, brings_picture, job_of
from tests.relay import Relay
from tests.waiting import until

# Docker waits for ten seconds before it kills; the machine of a test may be slow.
SOON = 12.0


def held(studio: Studio) -> list[tuple[object, ...]]:
    return studio.select("SELECT id FROM jobs WHERE worker IS NOT NULL OR lease_until IS NOT NULL AND state = 'queued'")


async def test_what_is_being_delivered_gets_there(studio: Studio, discord: DiscordStandIn) -> None:
    discord.faults.holds = brings_picture
    order = await studio.order(ALICE)
    await order.message.until(is_done)
    studio.bot.ask_to_end()
    await studio.bot.says("stopping")
    assert studio.states() == {job_of(order): "running"}
    discord.faults.holds = None
    assert await studio.bot.wait(SOON) == 0
    assert studio.states() == {job_of(order): "done"}
    assert len(studio.deliveries(order)) == 1


async def test_what_runs_and_waits_goes_on_at_the_next_start(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    orders = [await studio.order(user, f"fox {number}") for number, user in enumerate((ALICE, BOB, ALICE))]
    await orders[0].message.until(is_running)
    await studio.submitted(orders[1])
    assert await studio.bot.terminate(SOON) == 0
    assert set(studio.states().values()) == {"queued"}
    assert not held(studio)
    comfyui.faults.hang_in = None
    await studio.start()
    for order in orders:
        await order.message.until(is_done)
    assert studio.executed() == [job_of(order) for order in orders]


@pytest.mark.waits
async def test_a_picture_that_discord_does_not_take_in_time_is_delivered_after_the_next_start(
    studio: Studio, discord: DiscordStandIn
) -> None:
    discord.fail_next("PATCH", "/webhooks/*", 503, times=100)
    order = await studio.order(ALICE)
    await until(lambda: bool(studio.deliveries(order)))
    assert await studio.bot.terminate(SOON) == 0
    assert not held(studio)
    discord.faults.forget()
    await studio.start()
    await order.message.until(is_done)
    assert studio.executed() == [job_of(order)]


async def test_a_server_that_says_nothing_more_keeps_nobody(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with Relay("127.0.0.1", comfyui.port) as relay:
        url = f"http://127.0.0.1:{relay.port}"
        async with Studio(discord, [comfyui], tmp_path, {"COMFYUI_URLS": url}) as studio:
            comfyui.faults.hang_in = "KSampler"
            orders = [await studio.order(user) for user in (ALICE, BOB)]
            for order in orders:
                await studio.submitted(order)
            relay.silence()
            assert await studio.bot.terminate(SOON) == 0
            assert not held(studio)
            relay.restore()
            comfyui.faults.hang_in = None
            await studio.start()
            for order in orders:
                await order.message.until(is_done)
    assert comfyui.executed == [job_of(order) for order in orders]
