"""The client against servers: submit, locate, fetch, upload, cancel, and every way a server can disappoint."""

import asyncio
import io
import uuid
from collections.abc import AsyncIterator
from functools import partial

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from bot.comfyui import ComfyUI, Event, EventStream, Executed, Finished, Place, Preview, PromptFollower, PromptQueue
from bot.comfyui.http.requests import ANSWER_SECONDS
from bot.comfyui.runs.retries import three_times
from bot.errors import Busy, Interrupted, Lost, NodeFailed, OutOfMemory, Refused, Rejected, Unreachable
from bot.workflows import OutputFile
from tests.comfyui_server import OUT_OF_MEMORY, ComfyUIStandIn, Failure, Faults
from tests.comfyui_server.graphs import model_free, txt2img, with_input
from tests.comfyui_server.hostile import Answer, Rule, bodies, connections, statuses
from tests.waiting import until

LONG = 5000


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def server(session: aiohttp.ClientSession, comfyui_url: str) -> ComfyUI:
    return ComfyUI(comfyui_url, session)


@pytest.fixture
async def misled(session: aiohttp.ClientSession, stand_in: ComfyUIStandIn) -> ComfyUI:
    """A client of the stand-in, for tests that make it misbehave."""
    return ComfyUI(stand_in.url, session)


async def run(server: ComfyUI, graph: object, stream: EventStream, events: list[Event] | None = None) -> Finished:
    prompt_id = str(uuid.uuid4())
    with PromptFollower(server, stream, prompt_id, (events if events is not None else []).append) as follower:
        await server.submit(graph, prompt_id=prompt_id, client_id=stream.client_id)  # type: ignore[arg-type]
        async with asyncio.timeout(60):
            return await follower.end()


def client_id() -> str:
    return uuid.uuid4().hex


# --- On any server


async def test_a_run_ends_with_its_files_and_their_bytes(server: ComfyUI) -> None:
    events: list[Event] = []
    async with server.events(client_id()) as stream:
        await until(stream.connected.is_set)
        finished = await run(server, txt2img(steps=3), stream, events)
    assert finished.error is None
    (file,) = finished.files
    picture = Image.open(io.BytesIO(await server.fetch(file)))
    assert picture.format == "PNG"
    assert any(isinstance(event, Preview) and event.node_id == "3" for event in events)
    assert any(isinstance(event, Executed) for event in events)


async def test_a_run_without_a_socket_ends_all_the_same(server: ComfyUI) -> None:
    deaf = server.events(client_id())
    finished = await run(server, model_free(), deaf)
    assert finished.error is None
    assert finished.files


async def test_each_client_hears_only_its_own(server: ComfyUI) -> None:
    heard: dict[str, list[Event]] = {"a": [], "b": []}
    async with server.events(client_id()) as a, server.events(client_id()) as b:
        await until(lambda: a.connected.is_set() and b.connected.is_set())
        await asyncio.gather(run(server, txt2img(steps=2), a, heard["a"]), run(server, txt2img(steps=2), b, heard["b"]))
    ids = {name: {e.prompt_id for e in events if getattr(e, "prompt_id", None)} for name, events in heard.items()}  # type: ignore[union-attr]
    assert all(len(found) == 1 for found in ids.values())
    assert ids["a"] != ids["b"]


async def test_a_refused_graph_names_node_and_input(server: ComfyUI) -> None:
    with pytest.raises(Rejected) as refused:
        await server.submit(
            with_input(txt2img(), "4", ckpt_name="nope.safetensors"),
            prompt_id=str(uuid.uuid4()),
            client_id=client_id(),
        )
    (fault,) = refused.value.node_faults
    assert (fault.node_id, fault.input_name, fault.received) == ("4", "ckpt_name", "nope.safetensors")


async def test_an_unknown_node_class_is_named(server: ComfyUI) -> None:
    graph = model_free() | {"77": {"class_type": "NoSuchNode", "inputs": {}, "_meta": {"title": "Mine"}}}
    graph["78"] = {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["77", 0]}}
    with pytest.raises(Rejected) as refused:
        await server.submit(graph, prompt_id=str(uuid.uuid4()), client_id=client_id())
    assert [fault.class_type for fault in refused.value.node_faults] == ["NoSuchNode"]


async def test_a_prompt_is_located_wherever_it_is(server: ComfyUI) -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    assert await server.locate(first) is Place.UNKNOWN
    await server.submit(txt2img(steps=LONG), prompt_id=first, client_id=client_id())
    await server.submit(txt2img(steps=LONG), prompt_id=second, client_id=client_id())
    await until(lambda: _is(server, first, Place.RUNNING))
    assert await server.locate(second) is Place.PENDING
    await server.cancel(second)
    await server.cancel(first)
    await until(lambda: _finished(server, first))
    assert await server.locate(second) is Place.UNKNOWN


async def test_cancelling_a_running_prompt_leaves_the_next_alone(server: ComfyUI) -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    await server.submit(txt2img(steps=LONG), prompt_id=first, client_id=client_id())
    await server.submit(model_free(), prompt_id=second, client_id=client_id())
    await until(lambda: _is(server, first, Place.RUNNING))
    await server.cancel(first)
    await until(lambda: _finished(server, second))
    ended = await server.locate(first)
    assert isinstance(ended, Finished)
    assert isinstance(ended.error, Interrupted)
    after = await server.locate(second)
    assert isinstance(after, Finished)
    assert after.error is None


async def test_cancelling_what_is_over_or_unknown_touches_nothing(server: ComfyUI) -> None:
    running = str(uuid.uuid4())
    await server.submit(txt2img(steps=LONG), prompt_id=running, client_id=client_id())
    await until(lambda: _is(server, running, Place.RUNNING))
    await server.cancel(str(uuid.uuid4()))
    assert await server.locate(running) is Place.RUNNING
    await server.cancel(running)
    await until(lambda: _finished(server, running))


async def test_an_upload_is_bound_by_the_name_the_server_returns(server: ComfyUI) -> None:
    name = f"{uuid.uuid4().hex}.png"
    first = await server.upload(_png("red"), name)
    again = await server.upload(_png("blue"), name)
    assert first == name
    assert again != name  # other content under the same name is renamed
    file = OutputFile("", again, "", "input")
    assert await server.fetch(file) == _png("blue")


async def test_a_file_that_is_gone_is_lost(server: ComfyUI) -> None:
    with pytest.raises(Lost):
        await server.fetch(OutputFile("9", "no_such_00001_.png", "", "output"))


async def test_object_info_knows_the_checkpoints(server: ComfyUI) -> None:
    info = await server.object_info()
    spec = info.input("CheckpointLoaderSimple", "ckpt_name")
    assert spec is not None
    assert spec.choices is not None
    assert "tiny-random-sd15.safetensors" in spec.choices
    assert await server.object_info() is info


@pytest.mark.waits
async def test_a_long_list_over_a_slow_line_is_waited_for(misled: ComfyUI, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.rules.append(Rule("GET /object_info", connections.slowly(1.2 * ANSWER_SECONDS)))
    assert (await misled.object_info()).knows("KSampler")


# --- On a server that misbehaves


async def test_a_node_that_raises_is_named(misled: ComfyUI, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.fail["VAEDecode"] = Failure()
    finished = await run(misled, txt2img(steps=2), misled.events(client_id()))
    assert isinstance(finished.error, NodeFailed)
    assert not isinstance(finished.error, OutOfMemory)
    assert finished.error.class_type == "VAEDecode"


async def test_running_out_of_memory_has_its_own_error(misled: ComfyUI, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.fail["KSampler"] = OUT_OF_MEMORY
    finished = await run(misled, txt2img(steps=2), misled.events(client_id()))
    assert isinstance(finished.error, OutOfMemory)


async def test_a_server_that_restarted_has_lost_the_prompt(session: aiohttp.ClientSession) -> None:
    async with ComfyUIStandIn(steps_per_second=20) as comfy:
        server = ComfyUI(comfy.url, session)
        prompt_id = str(uuid.uuid4())
        async with server.events(client_id()) as stream:
            with PromptFollower(server, stream, prompt_id, lambda _: None) as follower:
                await server.submit(txt2img(steps=LONG), prompt_id=prompt_id, client_id=stream.client_id)
                end = asyncio.create_task(follower.end())
                await until(lambda: bool(comfy.executed))
                await comfy.stop()
                await comfy.start()
                with pytest.raises(Lost):
                    async with asyncio.timeout(20):
                        await end
            await until(stream.connected.is_set)  # the socket came back by itself


@pytest.mark.parametrize(
    "faults",
    [Faults(silent=True), Faults(drop_after=3), Faults(duplicate_events=True), Faults(history_delay=0.3)],
    ids=["silent", "dropped", "duplicated", "late history"],
)
async def test_a_poor_socket_costs_no_picture(session: aiohttp.ClientSession, faults: Faults) -> None:
    async with ComfyUIStandIn(steps_per_second=50, faults=faults) as comfy:
        server = ComfyUI(comfy.url, session)
        async with server.events(client_id()) as stream:
            finished = await run(server, txt2img(steps=5), stream)
    assert finished.error is None
    assert len(finished.files) == 1


@pytest.mark.parametrize("status", [500, 502])
async def test_a_failing_server_is_unreachable(misled: ComfyUI, stand_in: ComfyUIStandIn, status: int) -> None:
    stand_in.faults.http_status["/queue"] = status
    with pytest.raises(Unreachable):
        await misled.alive()


async def test_no_server_is_unreachable(session: aiohttp.ClientSession, stand_in: ComfyUIStandIn) -> None:
    await stand_in.stop()
    server = ComfyUI(stand_in.url, session)
    with pytest.raises(Unreachable):
        await server.submit(model_free(), prompt_id=str(uuid.uuid4()), client_id=client_id())
    with pytest.raises(Unreachable):
        await server.cancel(str(uuid.uuid4()))


async def test_what_is_not_comfyui_is_unreachable(session: aiohttp.ClientSession) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>hello</html>")

    app = web.Application()
    app.router.add_get("/queue", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        with pytest.raises(Unreachable):
            await ComfyUI(f"http://127.0.0.1:{port}", session).alive()
    finally:
        await runner.cleanup()


async def test_whoever_is_put_off_for_longer_than_somebody_waits_is_told(
    misled: ComfyUI, stand_in: ComfyUIStandIn
) -> None:
    late = Rule("GET /history/{prompt_id}", statuses.status(429, "3600"))
    stand_in.faults.rules.append(late)
    with pytest.raises(Refused) as refused:
        await run(misled, txt2img(steps=2), misled.events(client_id()))
    assert refused.value.status == 429
    assert len(late.met) == 1


async def test_a_server_that_puts_everybody_off_is_busy_and_not_the_prompts_fault(
    misled: ComfyUI, stand_in: ComfyUIStandIn
) -> None:
    stand_in.faults.rules.append(Rule("GET /queue", statuses.status(503, "3600")))
    with pytest.raises(Busy) as busy:
        await run(misled, txt2img(steps=2), misled.events(client_id()))
    assert busy.value.answered


@pytest.mark.parametrize("answer", [bodies.PAGE, bodies.EMPTY, bodies.cut_off, statuses.status(404)])
async def test_a_prompt_is_stopped_whatever_the_newer_way_to_do_it_answers(
    misled: ComfyUI, stand_in: ComfyUIStandIn, answer: Answer
) -> None:
    stand_in.faults.hang_in = "KSampler"
    prompt_id = str(uuid.uuid4())
    await misled.submit(txt2img(), prompt_id=prompt_id, client_id=client_id())
    await until(lambda: bool(stand_in.executed))
    stand_in.faults.rules.append(Rule("POST /jobs/{job_id}/cancel", answer))
    await misled.cancel(prompt_id)
    assert stand_in.interrupts
    stand_in.faults.hang_in = None


async def test_what_a_server_says_about_itself_in_halves_is_its_own_trouble(
    misled: ComfyUI, stand_in: ComfyUIStandIn
) -> None:
    stand_in.faults.rules.append(Rule("GET /system_stats", bodies.cut_off))
    with pytest.raises(Unreachable) as fault:
        await misled.ask("/system_stats")
    assert fault.value.answered


@pytest.mark.parametrize("body", ["{}", '{"system": {"os": "posix"}, "devices": []}'])
async def test_a_server_that_lists_no_nodes_is_not_taken_for_one_that_lacks_them(
    misled: ComfyUI, stand_in: ComfyUIStandIn, body: str
) -> None:
    stand_in.faults.rules.append(Rule("GET /object_info", bodies.body(body)))
    with pytest.raises(Unreachable) as fault:
        await misled.object_info()
    assert fault.value.answered


async def test_a_file_that_is_cut_off_twice_is_fetched_the_third_time(
    misled: ComfyUI, stand_in: ComfyUIStandIn
) -> None:
    finished = await run(misled, model_free(), misled.events("a"))
    stand_in.faults.rules.append(Rule("GET /view", bodies.cut_off, times=2))
    (file,) = finished.files
    assert (await three_times(misled, "/view", partial(misled.fetch, file))).startswith(b"\x89PNG")


async def test_a_refusal_with_status_200_is_one(misled: ComfyUI, stand_in: ComfyUIStandIn) -> None:
    told = '{"error": {"type": "prompt_no_outputs", "message": "Prompt has no outputs"}, "node_errors": {}}'
    stand_in.faults.rules.append(Rule("POST /prompt", bodies.body(told)))
    with pytest.raises(Rejected) as fault:
        await misled.submit(model_free(), prompt_id=str(uuid.uuid4()), client_id="a")
    assert fault.value.type == "prompt_no_outputs"
    assert stand_in.executed == []


async def test_a_page_is_no_image(misled: ComfyUI, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.rules.append(Rule("GET /view", bodies.PAGE))
    with pytest.raises(Refused):
        await misled.fetch(OutputFile("9", "a.png", "", "output"))
    assert await misled.fetch(OutputFile("9", "a.html", "", "output"))


@pytest.mark.parametrize(
    ("told", "as_type"),
    [
        ('{"error": "log in first"}', "application/json"),
        ('{"title": "no"}', "application/problem+json"),
        ("no", "text/plain"),
    ],
)
async def test_an_error_in_words_is_no_image(
    misled: ComfyUI, stand_in: ComfyUIStandIn, told: str, as_type: str
) -> None:
    stand_in.faults.rules.append(Rule("GET /view", bodies.body(told, as_type)))
    for name in ("a.png", "a.mp4", "a.flac"):
        with pytest.raises(Refused):
            await misled.fetch(OutputFile("9", name, "", "output"))
    assert await misled.fetch(OutputFile("9", "a.json", "", "output")) == told.encode()


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ('{"name": "b.png", "subfolder": "deep/er"}', "deep/er/b.png"),
        ('{"name": "b.png", "subfolder": null}', "b.png"),
        ('{"name": "b.png", "subfolder": ["x"], "type": 7}', "b.png"),
    ],
)
async def test_the_name_that_an_upload_returns_counts(
    misled: ComfyUI, stand_in: ComfyUIStandIn, told: str, name: str
) -> None:
    stand_in.faults.rules.append(Rule("POST /upload/image", bodies.body(told)))
    assert await misled.upload(_png("red"), "a.png") == name


async def test_looks_at_prompts_show_the_whole_queue_for_a_while(misled: ComfyUI, stand_in: ComfyUIStandIn) -> None:
    await misled.locate(str(uuid.uuid4()))
    await stand_in.stop()
    assert await misled.queue(60.0) == PromptQueue()
    with pytest.raises(Unreachable):
        await misled.queue()


async def _is(server: ComfyUI, prompt_id: str, place: Place) -> bool:
    return await server.locate(prompt_id) is place


async def _finished(server: ComfyUI, prompt_id: str) -> bool:
    return isinstance(await server.locate(prompt_id), Finished)


def _png(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, "PNG")
    return buffer.getvalue()
