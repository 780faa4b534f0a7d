"""The same beside somebody who uses a real ComfyUI."""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.discord_server import DiscordStandIn, answered
from tests.foreign_work.owner import Owner
from tests.looks import is_cancelled, is_done, is_running, says
from tests.people import ALICE, BOB
from tests.real_comfyui import RealComfyUI
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

# A real one takes its time on a busy machine.
SECONDS = 120.0
WAIT = 15.0


@pytest.fixture
async def studio(discord: DiscordStandIn, real_comfyui: RealComfyUI, tmp_path: Path) -> AsyncIterator[Studio]:
    studio = Studio(discord, [], tmp_path, {"COMFYUI_URLS": real_comfyui.url})
    studio.change_node("3", inputs={"steps": 4})
    async with studio:
        yield studio


@pytest.fixture
async def owner(real_comfyui: RealComfyUI) -> AsyncIterator[Owner]:
    owner = Owner(real_comfyui.url)
    yield owner
    await owner.clear()


async def test_members_read_what_comes_first_and_nothing_of_it_is_touched(
    studio: Studio, discord: DiscordStandIn, owner: Owner
) -> None:
    first, second = await owner.queue(2)
    asked_at = time.monotonic()
    order, dropped = await studio.order(ALICE), await studio.order(BOB, "a bell")
    await order.message.until(says("Up next · waiting for 2 images started directly in ComfyUI"), SECONDS)
    listed = (await answered(discord.slash("queue", user=BOB))).message
    await listed.until(says("up next · waiting for 2 images"))
    assert not is_running(listed)
    assert studio.select("SELECT begun_at FROM jobs WHERE id = ?", job_of(order)) == [(None,)]
    await answered(discord.press(dropped.message, "Cancel", user=BOB))
    await dropped.message.until(is_cancelled, SECONDS)
    assert await owner.look() == ([first], [second, job_of(order)])
    await until(lambda: time.monotonic() - asked_at > WAIT)
    await owner.end_running()
    await order.message.until(says("waiting for 1 image"), SECONDS)
    (third,) = await owner.queue()
    await owner.end_running()
    await order.message.until(is_running, SECONDS)
    await order.message.until(is_done, SECONDS)
    # What it took is its own work, however long it waited.
    steps = re.search(r"(\d+) s", order.message.content)
    assert steps, order.message.content
    assert int(steps[1]) < time.monotonic() - asked_at - WAIT + 1
    assert third in [*(await owner.look())[0], *(await owner.look())[1]]
