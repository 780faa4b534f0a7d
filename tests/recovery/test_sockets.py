"""The websocket drops, says nothing, or is taken over: the image arrives anyway."""

import aiohttp
import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Interaction
from tests.looks import is_done
from tests.people import ALICE
from tests.recovery.studio import Studio, job_of
from tests.waiting import until


async def has_its_picture(studio: Studio, order: Interaction) -> None:
    await order.message.until(is_done)
    assert len(order.message.attachments) == 1
    assert studio.executed() == [job_of(order)]


@pytest.mark.parametrize("frames", [1, 4, 9])
async def test_it_drops(studio: Studio, comfyui: ComfyUIStandIn, frames: int) -> None:
    comfyui.faults.drop_after = frames
    await has_its_picture(studio, await studio.order(ALICE))


async def test_it_goes_silent(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await studio.begun(order)
    comfyui.faults.silent = True
    comfyui.faults.hang_in = None
    await has_its_picture(studio, order)


async def test_it_is_not_there_at_all(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.http_status["/ws"] = 404
    await has_its_picture(studio, await studio.order(ALICE))


@pytest.mark.parametrize("goes", [False, True], ids=["and kept", "and closed again"])
async def test_it_is_taken_over(studio: Studio, comfyui: ComfyUIStandIn, goes: bool) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(ALICE)
    await studio.begun(order)
    stolen = {"clientId": comfyui.submitted[0]["client_id"]}
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{comfyui.url}/ws", params=stolen) as thief:
        await thief.receive()
        if goes:
            await thief.close()
        comfyui.faults.hang_in = None
        await has_its_picture(studio, order)
    comfyui.faults.hang_in = "KSampler"
    again = await studio.order(ALICE, "a whale")
    await studio.begun(again)
    comfyui.faults.hang_in = None
    await until(lambda: is_done(again.message))
