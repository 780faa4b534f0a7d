"""What a member cancels while its server cannot be reached does not run there for nobody once it can."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.foreign_work.owner import Owner
from tests.looks import is_cancelled, is_running
from tests.people import ALICE
from tests.recovery.studio import Studio, job_of
from tests.waiting import until


async def test_running(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await order.message.until(is_running)
    await studio.begun(order)
    await comfyui.refuse()
    await studio.discord.press(order.message, "Cancel", user=ALICE)
    await order.message.until(is_cancelled)
    await comfyui.listen()
    await until(lambda: bool(comfyui.interrupts))


@pytest.mark.parametrize("restart", [False, True], ids=["same process", "next process"])
async def test_waiting(studio: Studio, comfyui: ComfyUIStandIn, *, restart: bool) -> None:
    owner = Owner(comfyui.url)
    comfyui.faults.hang_in = "KSampler"
    (theirs,) = await owner.queue(1)
    order = await studio.order(ALICE)
    await until(lambda: any(body.get("prompt_id") == job_of(order) for body in comfyui.submitted))
    if restart:
        await studio.bot.kill()
    await comfyui.refuse()
    if restart:
        await studio.start()
    await studio.discord.press(order.message, "Cancel", user=ALICE)
    await order.message.until(is_cancelled)
    await comfyui.listen()
    await until(lambda: _waits_alone(owner, theirs))


async def _waits_alone(owner: Owner, theirs: str) -> bool:
    return await owner.look() == ([theirs], [])
