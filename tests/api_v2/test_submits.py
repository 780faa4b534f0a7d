"""A prompt is sent once, whatever the server answers: it waits, it is found again, or it fails with a reason."""

import asyncio
import uuid

import pytest

from bot.comfyui import Finished, Place, PromptRun, Server, Waking, connection, stop
from bot.comfyui.protocol.events import Event
from bot.comfyui.sent_prompts import SentHere
from bot.errors import Refused, Rejected, Suspended, Unreachable, Untraceable
from tests.api_v2 import Gate, error
from tests.api_v2.conftest import Reach
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import model_free, txt2img
from tests.servers.test_contract import inverted, png
from tests.waiting import until


def new_id() -> str:
    return str(uuid.uuid4())


async def ended(server: Server, prompt_id: str) -> Finished:
    with PromptRun(server, server.events(new_id()), prompt_id, lambda _: None) as prompt:
        assert await prompt.found()
        async with asyncio.timeout(30):
            return await prompt.end()


async def test_our_id_is_the_key(server: Server, gate: Gate) -> None:
    prompt_id = new_id()
    await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    assert gate.created == [prompt_id]
    assert (await ended(server, prompt_id)).error is None


async def test_a_deployment_that_gets_ready_is_waited_for_and_said_to_wake(server: Server, gate: Gate) -> None:
    gate.refusals = [error(429, "deployment_not_ready", 1)] * 2
    events: list[Event] = []
    async with connection(server) as one:
        assert await one.generate(model_free(), events.append)
    assert any(isinstance(event, Waking) for event in events)
    assert len(gate.keys) == 3
    assert len(set(gate.keys)) == len(gate.created) == 1
    assert server.abilities.waking_seconds is not None, "how long it took is known now"


async def test_a_full_queue_is_waited_for_and_nothing_wakes(server: Server, gate: Gate) -> None:
    gate.refusals = [error(429, "queue_full", 1)]
    events: list[Event] = []
    async with connection(server) as one:
        assert await one.generate(model_free(), events.append)
    assert not any(isinstance(event, Waking) for event in events)
    assert len(gate.created) == 1


async def test_what_waits_for_room_is_cancelled_without_being_sent(server: Server, gate: Gate) -> None:
    gate.always = error(429, "queue_full", 1)
    prompt_id = new_id()
    await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    assert await server.locate(prompt_id) is Place.PENDING
    assert await stop(server, prompt_id) is None
    gate.always = None
    assert await server.locate(prompt_id) is Place.UNKNOWN
    assert not gate.created


async def test_a_server_out_of_credit_is_left_alone_until_somebody_has_acted(server: Server, gate: Gate) -> None:
    gate.refusals = [error(402, "insufficient_credits")]
    prompt_id = new_id()
    with pytest.raises(Suspended, match="out of credit"):
        await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    with pytest.raises(Suspended):
        await server.alive()
    assert await server.locate(prompt_id) is Place.UNKNOWN, "nothing was sent"
    assert gate.keys == [prompt_id]


@pytest.mark.parametrize(("status", "code"), [(401, "unauthorized"), (403, "forbidden")])
async def test_a_key_that_may_look_but_not_send_keeps_the_job(
    server: Server, gate: Gate, status: int, code: str
) -> None:
    gate.refusals = [error(status, code)]
    prompt_id = new_id()
    with pytest.raises(Suspended) as raised:
        await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    assert raised.value.locked
    assert "Correct COMFY_API_KEY" in raised.value.reason
    assert await server.locate(prompt_id) is Place.UNKNOWN
    with pytest.raises(Suspended):
        await server.alive()


async def test_a_job_that_the_server_has_is_told_about_while_it_takes_no_others(server: Server, gate: Gate) -> None:
    prompt_id = new_id()
    await server.submit(txt2img(steps=400), prompt_id=prompt_id, client_id=new_id())
    gate.refusals = [error(402, "insufficient_credits")]
    with pytest.raises(Suspended):
        await server.submit(model_free(), prompt_id=new_id(), client_id=new_id())
    gate.failing_looks = 1
    # `Suspended` would say that it was never sent, and another server would make it, too.
    with pytest.raises(Refused, match="500"):
        await server.locate(prompt_id)
    assert (await ended(server, prompt_id)).error is None


async def test_looks_that_fail_for_a_while_cost_no_job_that_is_paid_for(server: Server, gate: Gate) -> None:
    gate.failing_looks = 4
    async with connection(server) as one:
        assert await one.generate(model_free())
    assert not gate.failing_looks
    assert len(gate.created) == 1


async def test_a_stopped_deployment_is_told_apart_from_a_wrong_graph(server: Server, gate: Gate) -> None:
    faults = {"12": [{"field": "model", "reason": "missing_input"}]}
    gate.refusals = [error(422, "deployment_stopped"), error(422, "invalid_workflow", node_errors=faults)]
    with pytest.raises(Suspended, match="stopped"):
        await server.submit(model_free(), prompt_id=new_id(), client_id=new_id())


async def test_faults_of_nodes_are_read_in_the_contracts_own_form(server: Server, gate: Gate) -> None:
    faults = {"3": [{"field": "images", "reason": "missing_input"}]}
    gate.refusals = [error(422, "invalid_workflow", node_errors=faults)]
    with pytest.raises(Rejected) as refused:
        await server.submit(model_free(), prompt_id=new_id(), client_id=new_id())
    (fault,) = refused.value.node_faults
    assert (fault.node_id, fault.input_name, fault.type) == ("3", "images", "missing_input")


@pytest.mark.parametrize("lists", [True, False])
async def test_a_lost_answer_never_makes_two(
    server: Server, gate: Gate, comfyui: ComfyUIStandIn, *, lists: bool
) -> None:
    """Where jobs are listed it is found; elsewhere nobody can tell, and it is not sent again."""
    gate.lists, gate.lost_answers = lists, 1
    async with connection(server) as one:
        if lists:
            assert await one.generate(model_free())
        else:
            with pytest.raises(Untraceable):
                await one.generate(model_free())
    await until(lambda: len(comfyui.executed) == 1)
    assert len(gate.created) == 1


async def test_what_never_arrived_is_sent_again_with_the_same_key(
    reach: Reach, gate: Gate, sent: SentHere, comfyui: ComfyUIStandIn
) -> None:
    """The program died after it noted the prompt and before it sent it."""
    prompt_id = new_id()
    async with reach() as server:
        await sent.note(server.name, prompt_id, "1?9999999999")
        assert await server.locate(prompt_id) is Place.UNKNOWN
        await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
        assert (await ended(server, prompt_id)).error is None
    assert gate.created == [prompt_id]
    assert len(comfyui.executed) == 1


async def test_a_key_that_the_server_may_have_forgotten_protects_from_nothing(
    server: Server, gate: Gate, sent: SentHere
) -> None:
    prompt_id = new_id()
    await sent.note(server.name, prompt_id, "1?1000")
    with pytest.raises(Untraceable):
        await server.locate(prompt_id)
    with pytest.raises(Untraceable):
        await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    assert not gate.keys


async def test_a_job_that_its_server_lost_runs_again_with_another_key(
    server: Server, gate: Gate, comfyui: ComfyUIStandIn
) -> None:
    prompt_id = new_id()
    comfyui.faults.hang_in = "KSampler"
    await server.submit(txt2img(steps=20), prompt_id=prompt_id, client_id=new_id())
    await until(lambda: bool(comfyui.executed))
    await comfyui.stop()
    comfyui.faults.hang_in = None
    with pytest.raises((Unreachable, Refused)):
        await server.locate(prompt_id)
    await comfyui.start()
    assert await server.locate(prompt_id) is Place.UNKNOWN
    await server.submit(txt2img(steps=20), prompt_id=prompt_id, client_id=new_id())
    assert (await ended(server, prompt_id)).error is None
    assert len(set(gate.created)) == 2


@pytest.mark.parametrize("lists", [True, False])
async def test_a_job_that_is_no_longer_known_is_not_paid_for_twice(server: Server, gate: Gate, *, lists: bool) -> None:
    """A service that lists no jobs forgets them some time after their end. A proxy that does has lost it."""
    gate.lists = lists
    prompt_id = new_id()
    await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    await ended(server, prompt_id)
    gate.forgets = True
    if lists:
        assert await server.locate(prompt_id) is Place.UNKNOWN
    else:
        with pytest.raises(Untraceable, match="may have run"):
            await server.locate(prompt_id)
    assert len(gate.created) == 1


@pytest.mark.parametrize("looks", [1, 3])
async def test_a_job_that_ends_between_two_questions_of_the_proxy_is_not_lost(
    server: Server, gate: Gate, looks: int
) -> None:
    """The proxy asks for the history and then for the queue: a job that ends in between is in neither."""
    prompt_id = new_id()
    await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    await ended(server, prompt_id)
    gate.between = looks
    assert isinstance(await server.locate(prompt_id), Finished)
    assert gate.between == 0


async def test_a_job_that_stays_expired_is_free_to_be_sent_again(server: Server, gate: Gate) -> None:
    prompt_id = new_id()
    await server.submit(model_free(), prompt_id=prompt_id, client_id=new_id())
    await ended(server, prompt_id)
    gate.between = 100
    assert await server.locate(prompt_id) is Place.UNKNOWN


async def test_a_job_that_waits_longer_than_its_files_are_kept_uploads_them_again(server: Server, gate: Gate) -> None:
    gate.always, gate.files_expire = error(429, "queue_full", 1), True
    prompt_id, graph = new_id(), inverted("in.png")
    assert await server.upload(png("blue"), "in.png") == "in.png"
    await server.submit(graph, prompt_id=prompt_id, client_id=new_id())
    assert await server.locate(prompt_id) is Place.PENDING
    # Nothing is sent with a file that is gone: the job is free for a claim that uploads it.
    await until(lambda: _is_unknown(server, prompt_id))
    assert len(gate.keys) == 1
    gate.always, gate.files_expire = None, False
    await server.upload(png("blue"), "in.png")
    await server.submit(graph, prompt_id=prompt_id, client_id=new_id())
    assert (await ended(server, prompt_id)).error is None


async def _is_unknown(server: Server, prompt_id: str) -> bool:
    return await server.locate(prompt_id) is Place.UNKNOWN


async def test_without_live_events_it_is_polled(server: Server, gate: Gate) -> None:
    gate.streams = False
    async with connection(server) as one:
        assert await one.generate(txt2img(steps=4))


async def test_a_proxy_whose_comfyui_is_away_cannot_be_used(server: Server, comfyui: ComfyUIStandIn) -> None:
    await comfyui.stop()
    with pytest.raises(Unreachable):
        await server.alive()
    await comfyui.start()
    await server.alive()
