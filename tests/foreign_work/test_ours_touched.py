"""The owner stops what a member has asked for, or takes it out of the queue, in ComfyUI's own page."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.foreign_work.owner import Owner
from tests.looks import is_done, is_running, says
from tests.people import ALICE
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

# Slow enough that the owner's endless prompts can be ended one by one.
pytestmark = pytest.mark.parametrize("comfyui", [40], indirect=True)


@pytest.fixture
async def studio(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[Studio]:
    async with Studio(discord, [comfyui], tmp_path) as studio:
        await studio.bot.says(f"{comfyui.url} answers")
        yield studio


async def post(comfyui: ComfyUIStandIn, path: str, body: dict[str, Any]) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{comfyui.url}{path}", json=body) as answer:
        assert answer.ok


async def test_what_they_stop_has_failed_and_says_why(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await order.message.until(is_running)
    await post(comfyui, "/interrupt", {"prompt_id": job_of(order)})
    comfyui.faults.hang_in = None
    await order.message.until(says("Someone stopped it on the image server. Try again."))
    await until(lambda: studio.select("SELECT state FROM jobs") == [("failed",)])


@pytest.mark.parametrize("clear", [False, True], ids=["deleted", "cleared"])
async def test_what_they_take_out_of_the_queue_is_sent_again_and_made_once(
    studio: Studio, comfyui: ComfyUIStandIn, *, clear: bool
) -> None:
    owner = Owner(comfyui.url)
    (theirs,) = await owner.queue(1)
    order = await studio.order(ALICE)
    job_id = job_of(order)
    await until(lambda: any(body.get("prompt_id") == job_id for body in comfyui.submitted))
    await post(comfyui, "/queue", {"clear": True} if clear else {"delete": [job_id]})
    await order.message.until(says("so it starts over"))
    assert not is_running(order.message)
    await owner.end_running()
    await order.message.until(is_done)
    assert comfyui.executed == [theirs, job_id]
