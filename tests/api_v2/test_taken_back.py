"""A prompt that is taken back before it began is as good as never sent, at whatever moment somebody looks."""

import asyncio

import pytest

from bot.comfyui import Place, PromptRun, Server, stop, withdraw
from bot.errors import Lost, Unreachable
from tests.api_v2 import Gate, error
from tests.api_v2.conftest import Reach
from tests.api_v2.gate import JOBS
from tests.api_v2.test_submits import ended, new_id
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import model_free, txt2img
from tests.waiting import until

_SUBMIT = f"POST {JOBS}"
_WRONGLY = 0.5
"""Seconds: time enough to be wrong about what is still on its way."""
either = pytest.mark.parametrize("like_a_cloud", [True, False])


async def busy(server: Server, comfyui: ComfyUIStandIn) -> None:
    """The server works on another prompt for ever, so the next one waits there."""
    comfyui.faults.hang_in = "KSampler"
    await server.submit(txt2img(steps=20), prompt_id=new_id(), client_id=new_id())
    await until(lambda: len(comfyui.executed) == 1)


async def behind_another(server: Server, gate: Gate, comfyui: ComfyUIStandIn, *, like_a_cloud: bool) -> str:
    """A prompt that waits."""
    gate.cancels_like_a_cloud = like_a_cloud
    await busy(server, comfyui)
    prompt_id = new_id()
    await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    return prompt_id


@either
async def test_who_follows_it_does_not_take_it_for_stopped_by_somebody(
    server: Server, gate: Gate, comfyui: ComfyUIStandIn, *, like_a_cloud: bool
) -> None:
    prompt_id = await behind_another(server, gate, comfyui, like_a_cloud=like_a_cloud)
    async with server.events(new_id()) as stream:
        with PromptRun(server, stream, prompt_id, lambda _: None) as prompt:
            following = asyncio.create_task(prompt.end())
            await until(lambda: any(called.endswith(f"{gate.ids[-1]}/events") for called in gate.asked))
            # The events tell of the end before the answer to the cancellation is here.
            gate.held.add("/cancel")
            taking_back = asyncio.create_task(withdraw(server, prompt_id))
            with pytest.raises(Lost):
                await following
            gate.held.clear()
            assert await taking_back
    comfyui.faults.hang_in = None


@either
async def test_the_next_process_does_not_either(
    reach: Reach, gate: Gate, comfyui: ComfyUIStandIn, *, like_a_cloud: bool
) -> None:
    async with reach() as server:
        prompt_id = await behind_another(server, gate, comfyui, like_a_cloud=like_a_cloud)
        gate.held.add("/cancel")
        taking_back = asyncio.create_task(withdraw(server, prompt_id))
        await until(lambda: bool(gate.cancelled))
        taking_back.cancel()
    gate.held.clear()
    comfyui.faults.hang_in = None
    async with reach() as server:
        assert await server.locate(prompt_id) is Place.UNKNOWN
        await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
        assert (await ended(server, prompt_id)).error is None
    assert gate.ids[1] not in comfyui.executed


async def test_what_is_cancelled_while_it_is_sent_again_does_not_run_for_nobody(
    server: Server, gate: Gate, comfyui: ComfyUIStandIn
) -> None:
    await busy(server, comfyui)
    gate.refusals = [error(429, "queue_full", 1)]
    prompt_id = new_id()
    await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    gate.late.add(_SUBMIT)
    with PromptRun(server, server.events(new_id()), prompt_id, lambda _: None) as prompt:
        following = asyncio.create_task(prompt.end())
        await until(lambda: len(gate.keys) == 3)
        following.cancel()
    stopping = asyncio.create_task(stop(server, prompt_id))
    await asyncio.wait({stopping}, timeout=_WRONGLY)
    gate.late.clear()
    await until(lambda: len(gate.ids) == 2)
    assert await stopping is None
    assert gate.cancelled == {gate.ids[1]}


async def test_a_refusal_says_nothing_of_an_earlier_request_without_an_answer(
    server: Server, gate: Gate, comfyui: ComfyUIStandIn
) -> None:
    await busy(server, comfyui)
    gate.broken_submits = 1
    gate.late.add(_SUBMIT)
    gate.refusals = [error(429, "queue_full", 60)]
    prompt_id = new_id()
    with pytest.raises(Unreachable):
        await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    assert await server.locate(prompt_id) is Place.PENDING
    gate.late.clear()
    await until(lambda: len(gate.ids) == 2)
    assert await stop(server, prompt_id) is None
    assert gate.cancelled == {gate.ids[1]}
