"""The bot is killed at every request that it makes of a server with Comfy API v2: nothing is lost or run twice."""

import random
from collections.abc import Callable

import pytest

from tests.api_v2 import TOKEN, Gate, error
from tests.api_v2.gate import JOBS
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Interaction
from tests.looks import is_cancelled, is_done, is_running, is_stopping
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, brings_picture, job_of
from tests.waiting import until


async def all_done(studio: Studio, orders: list[Interaction], gate: Gate, comfyui: ComfyUIStandIn) -> None:
    """Each in its own message with its image, made once, and with the one key that is its own id."""
    for order in orders:
        await order.message.until(is_done, 60)
        assert len(order.message.attachments) == 1
    assert len(comfyui.executed) == len(set(comfyui.executed)) == len(orders)
    assert sorted(gate.created) == sorted(map(job_of, orders))
    await until(lambda: set(studio.states().values()) == {"done"})


def _asked_more(studio: Studio, gate: Gate, times: int) -> Callable[[], bool]:
    """Whether the bot has made so many requests from now on, or has nothing more to do."""
    wanted = len(gate.asked) + times
    return lambda: len(gate.asked) >= wanted or set(studio.states().values()) == {"done"}


@pytest.mark.parametrize(
    "request_",
    [f"POST {JOBS}", f"GET {JOBS}/", "/events", "/content"],
    ids=["submit", "poll", "events", "download"],
)
async def test_while_a_request_is_not_answered(
    studio: Studio, gate: Gate, comfyui: ComfyUIStandIn, request_: str
) -> None:
    order = await studio.order(ALICE)
    if request_ != f"POST {JOBS}":
        await until(lambda: bool(gate.created))
    gate.held.add(request_)
    gate.asked.clear()
    await until(lambda: any(request_ in called for called in gate.asked) or is_done(order.message))
    await studio.bot.kill()
    gate.held.clear()
    await studio.start()
    await all_done(studio, [order], gate, comfyui)


async def test_while_a_submit_is_not_answered(studio: Studio, gate: Gate, comfyui: ComfyUIStandIn) -> None:
    gate.held.add(f"POST {JOBS}")
    order = await studio.order(ALICE)
    await until(lambda: bool(gate.created))
    assert studio.select("SELECT sent FROM jobs") != [(None,)], "it was noted before it was sent"
    await studio.bot.kill()
    gate.held.clear()
    await studio.start()
    await all_done(studio, [order], gate, comfyui)


async def test_while_the_deployment_gets_ready(studio: Studio, gate: Gate, comfyui: ComfyUIStandIn) -> None:
    gate.always = error(429, "deployment_not_ready", 1)
    order = await studio.order(ALICE)
    await until(lambda: len(gate.keys) > 1)
    await order.message.until(lambda message: "waking" in message.content.lower())
    await studio.bot.kill()
    gate.always = None
    await studio.start()
    await all_done(studio, [order], gate, comfyui)


async def test_while_it_runs_and_then_looks_at_it_are_refused_for_a_while(
    studio: Studio, gate: Gate, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await order.message.until(is_running)
    await studio.bot.kill()
    gate.failing_looks = 5
    await studio.start()
    await until(lambda: not gate.failing_looks)
    comfyui.faults.hang_in = None
    await all_done(studio, [order], gate, comfyui)


async def test_while_its_image_is_on_the_way_to_discord(
    studio: Studio, gate: Gate, comfyui: ComfyUIStandIn, discord: DiscordStandIn
) -> None:
    discord.faults.holds = brings_picture
    order = await studio.order(ALICE)
    await until(lambda: bool(studio.deliveries(order)))
    await studio.bot.kill()
    discord.faults.holds = None
    await studio.start()
    await all_done(studio, [order], gate, comfyui)


async def test_at_any_moment(studio: Studio, gate: Gate, comfyui: ComfyUIStandIn) -> None:
    """Killed at random moments while several people wait."""
    chance = random.Random(19)
    orders = []
    for number in range(4):
        orders += [await studio.order(user, f"fox {number}") for user in (ALICE, BOB)]
        await until(_asked_more(studio, gate, chance.randrange(1, 25)))
        await studio.restart()
    await all_done(studio, orders, gate, comfyui)


async def test_a_cancellation_that_the_dead_bot_promised_is_kept(
    studio: Studio, gate: Gate, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await order.message.until(is_running)
    await (await studio.discord.press(order.message, "Cancel", user=ALICE)).acknowledged()
    await order.message.until(is_stopping)
    await studio.restart()
    comfyui.faults.hang_in = None
    await order.message.until(is_cancelled)
    assert len(gate.created) == 1


async def test_the_key_is_shown_nowhere(
    studio: Studio, gate: Gate, comfyui: ComfyUIStandIn, discord: DiscordStandIn
) -> None:
    order = await studio.order(ALICE)
    await all_done(studio, [order], gate, comfyui)
    assert TOKEN not in studio.bot.log.read_text()
    assert not [row for row in studio.select("SELECT url, trouble FROM servers") if TOKEN in str(row)]
    assert not [row for row in studio.select("SELECT server, sent FROM jobs") if TOKEN in str(row)]
    assert not [request for request in discord.requests if TOKEN in str(request.json)]
