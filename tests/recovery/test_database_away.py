"""The database is locked or full for a while: clear answers, nothing half-written, and it goes on when it is back."""

import asyncio
import contextlib
import resource
from collections.abc import Iterator

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Interaction
from tests.looks import is_cancelled, is_done, is_queued
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

AWAY = "can’t reach my database"


@contextlib.contextmanager
def full(studio: Studio) -> Iterator[None]:
    """The program can make no file longer than this, as on a disk that is full."""
    before = resource.prlimit(studio.bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(studio.bot.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(studio.bot.pid, resource.RLIMIT_FSIZE, before)


async def refused(interaction: Interaction) -> None:
    # It does not leave that to Discord, which would say that the application did not respond.
    reply = await interaction.acknowledged()
    # An act that had begun says so next to its first answer.
    assert reply.ephemeral or reply.deferred
    shown = interaction.message
    await until(lambda: any(AWAY in state.text for one in (shown, *interaction.followups) for state in one.states))


@pytest.mark.parametrize("trouble", ["locked", "full"])
async def test_every_act_is_answered_in_time_and_changes_nothing(
    studio: Studio, comfyui: ComfyUIStandIn, trouble: str
) -> None:
    discord = studio.discord
    comfyui.faults.hang_in = "KSampler"
    orders = [await studio.order(ALICE, f"fox {number}") for number in range(3)]
    await studio.submitted(orders[1])
    await orders[2].message.until(is_queued)
    messages, before = len(discord.messages()), studio.states()
    with studio.locked() if trouble == "locked" else full(studio):
        acts = [
            await discord.slash("imagine", user=BOB, prompt="a whale"),
            await discord.slash("cancel", user=ALICE),
            await discord.press(orders[2].message, "Cancel", user=ALICE),
        ]
        await asyncio.gather(*map(refused, acts))
        # What was locked once is locked for the next process.
        await refused(await discord.slash("imagine", user=BOB, prompt="a whale"))
    assert studio.states() == before
    assert len(discord.messages()) == messages
    await (await discord.press(orders[2].message, "Cancel", user=ALICE)).acknowledged()
    await orders[2].message.until(is_cancelled)
    comfyui.faults.hang_in = None
    for order in (*orders[:2], await studio.order(BOB, "a whale")):
        await order.message.until(is_done)
    assert len(studio.executed()) == 3
    assert studio.bot.running


@pytest.mark.parametrize("trouble", ["locked", "full"])
async def test_a_job_that_ends_meanwhile_is_delivered(studio: Studio, comfyui: ComfyUIStandIn, trouble: str) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    order = await studio.order(ALICE)
    await studio.begun(order)
    with studio.locked() if trouble == "locked" else full(studio):
        comfyui.faults.hang_in = None
        await order.message.until(is_done)
        assert order.message.attachments
    await until(lambda: studio.states() == {job_of(order): "done"})
    assert len(studio.deliveries(order)) == 1


async def test_killed_meanwhile_it_is_delivered_once(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    order = await studio.order(ALICE)
    await studio.begun(order)
    with studio.locked():
        comfyui.faults.hang_in = None
        await order.message.until(is_done)
        await studio.bot.kill()
    assert studio.states() == {job_of(order): "running"}
    await studio.start()
    await until(lambda: studio.states() == {job_of(order): "done"})
    assert len(studio.deliveries(order)) == 1
