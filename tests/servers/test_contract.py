"""What jobs and `generate` rely on, of every kind of server. What a kind lacks is named here, and told as lacking."""

import asyncio
import io
import os
import uuid
from contextlib import suppress

import pytest
from PIL import Image

from bot.comfyui import Event, Executed, Finished, Place, Preview, PromptRun, Server, Waking, connection, stop, withdraw
from bot.comfyui.protocol.events import Tick
from bot.errors import Interrupted, Lost, NodeFailed, Rejected
from bot.workflows import Graph, OutputFile, kind_of
from tests.comfyui_server.graphs import CHECKPOINT, model_free, txt2img, with_input
from tests.servers.conftest import Reach
from tests.servers.kinds import ALL, Kind
from tests.waiting import until

_DEADLINE = 60.0


def new_id() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def long(kind: Kind) -> int:
    return kind.long


def png(color: str, side: int = 64) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), color).save(buffer, "PNG")
    return buffer.getvalue()


def inverted(name: str) -> Graph:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": name}},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "inverted"}},
    }


def color_of(content: bytes) -> object:
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB").getpixel((5, 5))


async def place(server: Server, prompt_id: str) -> Place | Finished:
    return await server.locate(prompt_id)


async def ends(server: Server, prompt_id: str) -> Finished:
    """How a prompt ended that somebody else submitted."""
    with PromptRun(server, server.events(new_id()), prompt_id, lambda _: None) as prompt:
        assert await prompt.found()
        async with asyncio.timeout(_DEADLINE):
            return await prompt.end()


async def submitted(server: Server, graph: Graph) -> str:
    prompt_id = new_id()
    await server.submit(graph, prompt_id=prompt_id, client_id=new_id())
    return prompt_id


async def is_running(server: Server, prompt_id: str) -> bool:
    return await server.locate(prompt_id) is Place.RUNNING


def test_what_this_kind_cannot_do_is_listed(kind: Kind, server: Server) -> None:
    able = server.abilities
    flags = {name for name in ALL if getattr(able, name, True) is False}
    media = {"video", "audio"} - able.outputs
    assert kind.lacks - {"several outputs", "early outputs", "checks before it runs", "cancelling"} == flags | media
    assert kind.lacks <= ALL


async def test_it_is_there_and_says_what_it_has(kind: Kind, server: Server) -> None:
    await server.alive()
    assert await server.load() >= 0
    info = await server.object_info()
    if "lists_nodes" in kind.lacks:
        assert info is None
        return
    assert info is not None
    spec = info.input("CheckpointLoaderSimple", "ckpt_name")
    assert spec is not None
    assert CHECKPOINT in (spec.choices or ())


async def test_a_graph_becomes_its_image(server: Server) -> None:
    async with connection(server) as one:
        (content,) = await one.generate(model_free(color=0xFF0000))
    assert color_of(content) == (0, 255, 255)


async def test_progress_and_previews_arrive_while_it_runs(kind: Kind, server: Server) -> None:
    events: list[Event] = []
    async with connection(server) as one:
        images = await one.generate(txt2img(steps=kind.steps), events.append)
    assert len(images) == 1
    steps = {event.value for event in events if isinstance(event, Tick) and event.node_id == "3"}
    assert bool(steps) is ("progress" not in kind.lacks)
    assert any(isinstance(event, Preview) for event in events) is ("previews" not in kind.lacks)
    assert "early outputs" in kind.lacks or any(isinstance(event, Executed) for event in events)


async def test_a_server_that_sleeps_says_that_it_wakes(kind: Kind, server: Server) -> None:
    events: list[Event] = []
    usual = server.abilities.waking_seconds
    async with connection(server) as one:
        await one.generate(txt2img(steps=40), events.append)
    told = {event.usual_seconds for event in events if isinstance(event, Waking)}
    assert told == ({usual} if kind.sleeps else set())
    assert (server.abilities.waking_seconds is not None) is kind.sleeps


async def test_an_input_file_is_used(server: Server) -> None:
    name = await server.upload(png("blue"), f"darkroom-{uuid.uuid4().hex}.png")
    again = await server.upload(png("blue"), name)
    assert again == name
    async with connection(server) as one:
        (content,) = await one.generate(inverted(name))
    assert color_of(content) == (255, 255, 0)


async def test_a_large_input_file_is_used(server: Server) -> None:
    noise = Image.frombytes("RGB", (640, 640), os.urandom(640 * 640 * 3))
    buffer = io.BytesIO()
    noise.save(buffer, "PNG")
    assert buffer.tell() > 2**20, "more than a proxy's usual limit"
    name = await server.upload(io.BytesIO(buffer.getvalue()), f"darkroom-{uuid.uuid4().hex}.png")
    async with connection(server) as one:
        (content,) = await one.generate(inverted(name))
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == noise.size


async def test_its_memory_can_be_freed_and_it_says_when_something_has_run(kind: Kind, server: Server) -> None:
    if "frees_memory" in kind.lacks:
        return
    before = await server.idle_mark()
    await server.free_memory()
    assert await server.idle_mark() == before is not None
    async with connection(server) as one:
        await one.generate(model_free(color=0xFF0000))
    await until(lambda: _ran_since(server, before))


async def _ran_since(server: Server, before: str | None) -> bool:
    return await server.idle_mark() not in {None, before}


async def test_several_outputs_all_arrive(kind: Kind, server: Server) -> None:
    graph = model_free(color=0xFF0000)
    graph["4"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "original"}}
    async with connection(server) as one:
        images = await one.generate(graph)
    colors = {color_of(content) for content in images}
    if "several outputs" in kind.lacks:
        assert len(images) == 1
        return
    assert colors == {(255, 0, 0), (0, 255, 255)}


async def test_a_node_that_fails_is_told(server: Server) -> None:
    name = await server.upload(b"no image at all", f"darkroom-{uuid.uuid4().hex}.png")
    async with connection(server) as one:
        with pytest.raises(NodeFailed) as failed:
            await one.generate(inverted(name))
    assert failed.value.class_type == "LoadImage"


async def test_a_graph_that_cannot_run_is_refused_before_it_runs(kind: Kind, server: Server) -> None:
    graph = with_input(txt2img(), "4", ckpt_name="nope.safetensors")
    if "checks before it runs" in kind.lacks:
        refusal = (await ends(server, await submitted(server, graph))).error
    else:
        with pytest.raises(Rejected) as refused:
            await server.submit(graph, prompt_id=new_id(), client_id=new_id())
        refusal = refused.value
    assert isinstance(refusal, Rejected)
    assert [(fault.node_id, fault.received) for fault in refusal.node_faults] == [("4", "nope.safetensors")]


async def test_what_was_never_sent_is_unknown_and_cancelling_it_touches_nothing(server: Server, long: int) -> None:
    running = await submitted(server, txt2img(steps=long))
    await until(lambda: is_running(server, running))
    stranger = new_id()
    assert await place(server, stranger) is Place.UNKNOWN
    assert await stop(server, stranger) is None
    assert await place(server, running) is Place.RUNNING
    await stop(server, running)


async def test_cancelled_while_it_waits(kind: Kind, server: Server, long: int) -> None:
    running = await submitted(server, txt2img(steps=long))
    await until(lambda: is_running(server, running))
    waiting, behind = await submitted(server, txt2img(steps=long)), await submitted(server, model_free())
    assert await place(server, waiting) is Place.PENDING
    if "cancelling" in kind.lacks:
        assert not await withdraw(server, waiting)
        assert (await ends(server, waiting)).error is None, "it is not lost either"
        return
    assert await withdraw(server, waiting)
    assert await place(server, waiting) is Place.UNKNOWN
    assert await place(server, running) is Place.RUNNING
    await stop(server, running)
    assert (await ends(server, behind)).error is None


async def test_cancelled_while_it_runs(kind: Kind, server: Server, long: int) -> None:
    running = await submitted(server, txt2img(steps=long))
    behind = await submitted(server, model_free())
    await until(lambda: is_running(server, running))
    assert not await withdraw(server, running)
    stopped = await stop(server, running)
    if "cancelling" in kind.lacks:
        assert stopped is not None, "its result, at its end"
        return
    assert stopped is None
    if "stops_running" not in kind.lacks:
        ended = await place(server, running)
        assert isinstance(ended, Finished)
        assert isinstance(ended.error, Interrupted)
    assert (await ends(server, behind)).error is None, "nobody else's was stopped"


async def test_cancelled_when_it_is_over(server: Server) -> None:
    prompt_id = await submitted(server, model_free())
    await ends(server, prompt_id)
    finished = await stop(server, prompt_id)
    assert finished is not None
    assert await server.fetch(next(file for file in finished.files if kind_of(file.filename) == "image"))


async def test_cancelling_the_call_stops_its_own_prompt(server: Server, long: int) -> None:
    async with connection(server) as one:
        made = asyncio.create_task(one.generate(txt2img(steps=long)))
        await until(lambda: _busy(server))
        made.cancel()
        with suppress(asyncio.CancelledError):
            await made
        assert made.cancelled()
    await until(lambda: _idle(server))


async def _busy(server: Server) -> bool:
    return await server.load() > 0


async def _idle(server: Server) -> bool:
    return await server.load() == 0


async def test_a_program_that_starts_again_finds_what_runs_and_gets_its_files(reach: Reach) -> None:
    prompt_id, graph = new_id(), txt2img(steps=60)
    async with reach() as server:
        await server.submit(graph, prompt_id=prompt_id, client_id=new_id())
    async with reach() as server:
        finished = await ends(server, prompt_id)
        (file,) = finished.files
        assert (await server.fetch(file)).startswith(b"\x89PNG")
    async with reach() as server, connection(server):
        again = await place(server, prompt_id)
        assert isinstance(again, Finished)
        assert again.error is None


async def test_a_submit_whose_answer_was_lost_is_never_sent_twice(reach: Reach) -> None:
    """As after a crash between the submit and its answer: the next run asks first."""
    prompt_id = new_id()
    async with reach() as server:
        await server.submit(txt2img(steps=30), prompt_id=prompt_id, client_id=new_id())
    async with reach() as server:
        before = await server.load()
        may_have_it = asyncio.Event()
        may_have_it.set()
        with PromptRun(server, server.events(new_id()), prompt_id, lambda _: None) as prompt:
            await prompt.submit(txt2img(steps=30), may_have_it=may_have_it)
            assert await server.load() <= before
            async with asyncio.timeout(_DEADLINE):
                assert (await prompt.end()).error is None


async def test_a_file_that_is_gone_is_lost(server: Server) -> None:
    with pytest.raises(Lost):
        await server.fetch(OutputFile("9", "no_such_00001_.png", "", "output"))
