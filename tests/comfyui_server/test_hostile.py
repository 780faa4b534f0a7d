"""What a hostile server can be made to do, it does: to the requests it is meant for and to no others."""

import asyncio
import io
import json
import uuid
import zlib

import aiohttp
import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import model_free, txt2img
from tests.comfyui_server.hostile import Frames, Outburst, Rule, bodies, connections, histories, outbursts, statuses
from tests.comfyui_server.wire import Listener, Wire, until

_FOX, _WHALE = "a red fox", "a blue whale"


def prompt(words: str) -> dict[str, object]:
    graph = txt2img(side=64, steps=1)
    graph["6"]["inputs"]["text"] = words
    return {"prompt": graph, "prompt_id": str(uuid.uuid4())}


def png(width: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, 8)).save(buffer, "PNG")
    return buffer.getvalue()


# --- Whom a rule meets


async def test_a_rule_for_the_words_of_a_job_meets_that_job_alone(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.rules.append(Rule("POST /prompt", statuses.status(413), _FOX))
    assert (await wire.post("/prompt", prompt(_FOX))).status == 413
    assert (await wire.post("/api/prompt", prompt(_FOX))).status == 413
    assert (await wire.post("/prompt", prompt(_WHALE))).status == 200


async def test_a_jobs_history_and_files_can_fail_where_those_of_others_do_not(
    stand_in: ComfyUIStandIn, wire: Wire
) -> None:
    jobs = [prompt(words) for words in (_FOX, _WHALE)]
    for job in jobs:
        await wire.post("/prompt", job)
    files = []
    for job in jobs:
        (image,) = (await wire.finished(str(job["prompt_id"])))["outputs"]["9"]["images"]
        files.append(image)
    stand_in.faults.rules += [
        Rule(route, statuses.status(503), _FOX) for route in ("GET /history/{prompt_id}", "GET /view")
    ]
    answers = [(await wire.get(f"/history/{job['prompt_id']}")).status for job in jobs]
    assert answers + [(await wire.get("/view", **file)).status for file in files] == [503, 200, 503, 200]


async def test_a_proxy_can_have_a_limit_of_bytes_and_one_of_times(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.rules.append(Rule("POST /upload/image", statuses.status(413), larger_than=1_000_000))
    assert (await wire.upload("a.png", bytes(1_000_001))).status == 413
    assert (await wire.upload("a.png", png(8))).status == 200
    late = Rule("POST /upload/image", statuses.status(429, "2"), width=77, times=2)
    stand_in.faults.rules.append(late)
    assert [(await wire.upload("b.png", png(77))).status for _ in range(3)] == [429, 429, 200]
    assert (await wire.upload("b.png", png(78))).status == 200
    assert len(late.met) == 2


# --- Answers


@pytest.mark.parametrize("code", statuses.STATUSES)
async def test_any_status_of_any_route(stand_in: ComfyUIStandIn, wire: Wire, code: int) -> None:
    stand_in.faults.rules.append(Rule("GET /queue", statuses.status(code, "7")))
    answer = await wire.get("/queue")
    assert (answer.status, answer.headers["Retry-After"]) == (code, "7")
    assert answer.body.startswith(b"<html>")


async def test_a_redirect_names_another_address(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.rules.append(Rule("POST /prompt", statuses.redirect(307, f"{stand_in.url}/elsewhere")))
    async with wire.session.post("/prompt", json={}, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (307, f"{stand_in.url}/elsewhere")


@pytest.mark.parametrize("shape", bodies.JSON_SHAPES)
async def test_json_of_another_shape(stand_in: ComfyUIStandIn, wire: Wire, shape: str) -> None:
    stand_in.faults.rules.append(Rule("GET /queue", bodies.body(bodies.JSON_SHAPES[shape])))
    async with wire.session.get("/queue") as response:
        assert response.content_type == "application/json"
        assert await response.text() == bodies.JSON_SHAPES[shape]


async def test_a_body_can_be_cut_off(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.rules.append(Rule("GET /queue", bodies.cut_off))
    with pytest.raises(aiohttp.ClientPayloadError):
        await wire.get("/queue")


async def test_a_body_without_a_length_is_as_long_as_it_should_be(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.rules.append(Rule("GET /view", bodies.endless(5 * 2**20)))
    async with wire.session.get("/view") as response:
        assert response.content_length is None
        assert len(await response.read()) == 5 * 2**20


async def test_a_bomb_is_small_until_it_is_unpacked(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.rules.append(Rule("GET /view", bodies.gzip_bomb(64 * 2**20)))
    async with aiohttp.ClientSession(stand_in.url, auto_decompress=False) as session, session.get("/view") as response:
        packed = await response.read()
    assert len(packed) < 2**17
    assert zlib.decompress(packed, 16 + zlib.MAX_WBITS) == bytes(64 * 2**20)


# --- Connections


async def test_a_connection_can_be_reset_before_or_after_the_work(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    for answer, submitted in ((connections.reset, 0), (connections.reset_after, 1)):
        stand_in.faults.rules[:] = [Rule("POST /prompt", answer)]
        with pytest.raises(aiohttp.ClientConnectionError):
            await wire.post("/prompt", prompt(_FOX))
        assert len(stand_in.submitted) == submitted


async def test_a_silent_or_slow_answer_does_not_come_in_time(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    for answer in (connections.silent, connections.drip):
        stand_in.faults.rules[:] = [Rule("GET /queue", answer)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await wire.get("/queue")


async def test_a_server_can_refuse_and_work_on(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    prompt_id = await wire.submit(model_free())
    await wire.finished(prompt_id)
    await stand_in.refuse()
    with pytest.raises(aiohttp.ClientConnectionError):
        await wire.get("/queue")
    await stand_in.listen()
    assert await wire.history(prompt_id)


# --- What a job's socket hears


async def test_an_outburst_comes_in_the_middle_of_its_job(
    stand_in: ComfyUIStandIn, wire: Wire, listener: Listener
) -> None:
    stand_in.faults.outbursts.append(Outburst(outbursts.many_executed(3, "extra"), _FOX))
    job = prompt(_FOX)
    for body in (job, other := prompt(_WHALE)):
        await wire.post("/prompt", {**body, "client_id": "me"})
        await listener.until_over(str(body["prompt_id"]))
    names = [
        file["filename"]
        for body in listener.events("executed", str(job["prompt_id"]))
        for file in body["output"]["images"]
    ]
    assert names[:3] == ["extra0.png", "extra1.png", "extra2.png"]
    assert len(listener.events("executed", str(other["prompt_id"]))) == 1


@pytest.mark.parametrize("frames", [outbursts.nonsense, outbursts.odd_previews, outbursts.duplicates])
async def test_nonsense_on_the_socket_comes_through(stand_in: ComfyUIStandIn, wire: Wire, frames: Frames) -> None:
    stand_in.faults.outbursts.append(Outburst(frames))
    async with wire.session.ws_connect("/ws", params={"clientId": "me"}, max_msg_size=0) as socket:
        body = {**prompt(_FOX), "client_id": "me"}
        await wire.post("/prompt", body)
        await wire.finished(str(body["prompt_id"]))
        heard = [await socket.receive(timeout=10)]
        while not (heard[-1].type is aiohttp.WSMsgType.TEXT and '"node": null' in heard[-1].data[-400:]):
            heard.append(await socket.receive(timeout=10))
    assert len(heard) > 5


# --- What it says of its jobs


async def test_a_forgotten_job_is_nowhere_while_others_are(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.hang_in = "KSampler"
    stand_in.faults.rules += histories.forgotten(_FOX)
    jobs = [prompt(words) for words in (_FOX, _WHALE)]
    for job in jobs:
        await wire.post("/prompt", job)
    await until(lambda: len(stand_in.submitted) == 2)
    queue = (await wire.get("/queue")).body
    assert [row[1] for rows in queue.values() for row in rows] == [jobs[1]["prompt_id"]]
    stand_in.faults.hang_in = None
    await wire.finished(str(jobs[1]["prompt_id"]))
    assert await wire.history(str(jobs[0]["prompt_id"])) == {}


async def test_histories_and_queues_can_hold_nonsense(stand_in: ComfyUIStandIn, wire: Wire) -> None:
    stand_in.faults.rules += [
        Rule("GET /history/{prompt_id}", histories.ODD_FILES),
        Rule("GET /queue", histories.QUEUE_NONSENSE),
        Rule("POST /prompt", histories.OTHER_PROMPT_ID),
    ]
    body = prompt(_FOX)
    assert (await wire.post("/prompt", body)).body["prompt_id"] == "99999999"
    entry = await wire.finished(str(body["prompt_id"]))
    assert [file["filename"] for file in entry["outputs"]["9"]["images"]] == list(histories.ODD_NAMES)
    assert json.dumps((await wire.get("/queue")).body["queue_running"]) == '[null, 7, [], ["x"], {}]'


@pytest.mark.parametrize("shape", histories.NODE_ERRORS)
async def test_refusals_can_hold_nonsense(stand_in: ComfyUIStandIn, wire: Wire, shape: str) -> None:
    stand_in.faults.rules.append(Rule("POST /prompt", histories.refused(histories.NODE_ERRORS[shape]), _FOX))
    answer = await wire.post("/prompt", prompt(_FOX))
    assert (answer.status, answer.body["node_errors"]) == (400, histories.NODE_ERRORS[shape])
