"""What RunPod alone asks for: never charged twice, ids of its own, images by address, and how failures are worded."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.comfyui import Common, Finished, Place, PromptRun, Server, connection, open_session, server_at, stop, withdraw
from bot.comfyui.runpod.addressed_images import download
from bot.comfyui.runpod.failures import failure_of
from bot.comfyui.runpod.job_request import TTL_SECONDS
from bot.comfyui.runpod.queue_waits import QueueWaits
from bot.errors import (
    FailureKind,
    Lost,
    NodeFailed,
    NotComfyUI,
    OutOfMemory,
    Oversized,
    Refused,
    Rejected,
    SettingsError,
    Suspended,
    Unreachable,
    Untraceable,
)
from bot.settings import read_settings
from tests.comfyui_server.graphs import model_free, txt2img
from tests.runpod_server import RunPodStandIn
from tests.servers.conftest import Reach
from tests.servers.kinds import KINDS, Kind, Running
from tests.servers.test_contract import ends, new_id, place, submitted
from tests.waiting import until


@pytest.fixture
def kind() -> Kind:
    return next(one for one in KINDS if one.name == "RunPod")


@pytest.fixture
def runpod(running: Running) -> RunPodStandIn:
    assert running.runpod is not None
    return running.runpod


async def test_a_submit_whose_answer_is_lost_is_never_sent_again(runpod: RunPodStandIn, server: Server) -> None:
    runpod.faults.lost_replies = 1
    prompt_id = new_id()
    with PromptRun(server, server.events(new_id()), prompt_id, lambda _: None) as prompt, pytest.raises(Untraceable):
        await prompt.submit(model_free())
    with pytest.raises(Untraceable):
        await server.locate(prompt_id)
    assert not await withdraw(server, prompt_id)
    assert await stop(server, prompt_id) is None
    assert len(runpod.accepted) == 1


@pytest.mark.parametrize("status", [0, 500, 502, 504], ids=["a broken connection", "500", "502", "504"])
async def test_what_may_have_arrived_is_not_sent_again(runpod: RunPodStandIn, server: Server, status: int) -> None:
    runpod.faults.answers["/run"] = [status]
    with pytest.raises(Untraceable):
        await server.submit(model_free(), prompt_id=new_id(), client_id="")
    assert runpod.asked.count("/run") == 1


@pytest.mark.parametrize("status", [400, 404, 413])
async def test_what_was_turned_away_counts_as_never_sent(runpod: RunPodStandIn, server: Server, status: int) -> None:
    runpod.faults.answers["/run"] = [status]
    prompt_id = new_id()
    with pytest.raises(Refused):
        await server.submit(model_free(), prompt_id=prompt_id, client_id="")
    assert await place(server, prompt_id) is Place.UNKNOWN


@pytest.mark.parametrize(("status", "locked"), [(401, True), (403, True), (402, False)])
async def test_a_key_that_may_not_send_and_an_account_without_credit_keep_the_job(
    runpod: RunPodStandIn, server: Server, status: int, locked: bool
) -> None:
    runpod.faults.answers["/run"] = [status]
    prompt_id = new_id()
    with pytest.raises(Suspended) as raised:
        await server.submit(model_free(), prompt_id=prompt_id, client_id="")
    assert raised.value.locked is locked
    assert await place(server, prompt_id) is Place.UNKNOWN
    with pytest.raises(Suspended):
        await server.alive()


async def test_too_many_requests_are_sent_again_once_they_are_welcome(runpod: RunPodStandIn, server: Server) -> None:
    runpod.faults.answers["/run"] = [429]
    async with connection(server) as one:
        assert len(await one.generate(model_free())) == 1
    assert len(runpod.accepted) == 1


async def test_gateways_that_fail_while_it_runs_cost_nothing(runpod: RunPodStandIn, server: Server) -> None:
    runpod.faults.answers["/status"] = [502, 429]
    async with connection(server) as one:
        assert len(await one.generate(model_free())) == 1
    assert len(runpod.began) == 1


async def test_a_process_that_is_told_to_stop_in_the_middle_of_a_submit_keeps_its_id(
    runpod: RunPodStandIn, reach: Reach
) -> None:
    prompt_id = new_id()
    async with reach() as server:
        submitting = asyncio.create_task(server.submit(model_free(), prompt_id=prompt_id, client_id=""))
        await until(lambda: "/run" in runpod.asked)
        submitting.cancel()
        await asyncio.gather(submitting, return_exceptions=True)
    async with reach() as server:
        assert (await ends(server, prompt_id)).error is None
    assert len(runpod.began) == 1


async def test_what_runpod_has_forgotten_is_not_sent_again(runpod: RunPodStandIn, reach: Reach) -> None:
    async with reach() as server:
        prompt_id = await submitted(server, model_free())
        (file,) = (await ends(server, prompt_id)).files
    runpod.forget()
    async with reach() as server:
        with pytest.raises(Untraceable):
            await server.locate(prompt_id)
        with pytest.raises(Lost):
            await server.fetch(file)


async def test_what_was_taken_back_before_it_began_may_be_sent_again(runpod: RunPodStandIn, reach: Reach) -> None:
    async with reach() as server:
        prompt_id = await submitted(server, txt2img(steps=40))
        assert await withdraw(server, prompt_id)
    async with reach() as server:
        assert await place(server, prompt_id) is Place.UNKNOWN
        await server.submit(model_free(), prompt_id=prompt_id, client_id="")
        assert (await ends(server, prompt_id)).error is None
    assert len(runpod.began) == 1


async def test_a_job_says_what_it_may_cost_and_how_long_it_worked(runpod: RunPodStandIn, server: Server) -> None:
    finished = await ends(server, await submitted(server, txt2img(steps=40)))
    (job,) = runpod.jobs.values()
    assert job.policy == {"executionTimeout": 900_000, "ttl": 3_600_000}
    assert finished.seconds is not None
    assert finished.seconds == job.told()["executionTime"] / 1000


async def test_each_file_says_which_node_saved_it(server: Server) -> None:
    graph = model_free(color=0xFF0000)
    graph["12:4"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a/b"}}
    finished = await ends(server, await submitted(server, graph))
    savers = {node_id for node_id, node in graph.items() if node["class_type"] == "SaveImage"}
    assert {file.node_id for file in finished.files} == savers


async def test_images_are_fetched_from_a_bucket(runpod: RunPodStandIn, server: Server) -> None:
    runpod.fill_bucket()
    finished = await ends(server, await submitted(server, model_free()))
    (file,) = finished.files
    assert await server.fetch(file) == next(iter(runpod.bucket.values()))
    with pytest.raises(Oversized):
        await server.fetch(file, 10)
    runpod.bucket.clear()
    with pytest.raises(Lost):
        await server.fetch(file)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://bucket.example/a.png", "not https"),
        ("ftp://bucket.example/a.png", "not https"),
        ("file:///etc/passwd", "not https"),
        ("https://127.0.0.1/a.png", "private network"),
        ("https://10.0.0.1/a.png", "private network"),
        ("https://169.254.169.254/latest", "private network"),
        ("https://[::1]/a.png", "private network"),
        ("https://[::ffff:10.0.0.1]/a.png", "private network"),
        ("https://localhost/a.png?X-Amz-Signature=canary", "localhost|private network|Cannot|No address|not known"),
    ],
)
async def test_an_address_that_leads_into_a_private_network_is_not_asked(url: str, said: str) -> None:
    async def take(_: bytes) -> None:
        raise AssertionError

    with pytest.raises(Refused, match=said) as refused:
        await download(url, "a.png", 100, take, loopback=False)
    assert "canary" not in str(refused.value)


async def test_a_file_that_no_request_holds_is_refused_before_anything_is_sent(
    runpod: RunPodStandIn, server: Server
) -> None:
    with pytest.raises(Refused) as refused:
        await server.upload(bytes(7_600_000), "a.png")
    assert (refused.value.route, refused.value.status) == ("/upload/image", 413)
    assert not runpod.asked


def faults(texts: list[str]) -> Iterator[tuple[str, str]]:
    error = failure_of(texts)
    assert isinstance(error, Rejected)
    return ((fault.node_id, fault.type) for fault in error.node_faults)


def test_failures_are_read_from_the_texts_of_the_worker() -> None:
    error = failure_of(["Workflow execution error: Node Type: KSampler, Node ID: 3, Message: CUDA out of memory."])
    assert isinstance(error, OutOfMemory)
    assert (error.node_id, error.class_type) == ("3", "KSampler")
    unknown = (
        'Cannot execute because node Nope does not exist.. Raw response: {"error": {"type": "missing_node_type", '
        '"message": "m", "details": "Node ID \'#9\'", "extra_info": {"node_id": "9", "class_type": "Nope"}}, '
        '"node_errors": {}}'
    )
    assert list(faults([unknown])) == [("9", "missing_node_type")]
    raised = failure_of(['{"error_type": "<class>", "error_message": "disk on fire", "error_traceback": "line 7"}'])
    assert isinstance(raised, NodeFailed)
    assert raised.message == "disk on fire"
    assert str(failure_of([])) == "RunPod did not say why"


@pytest.mark.parametrize("text", ["Raw response: {", "• Node 4 (errors): [((((", "• Node 4 (errors): __import__('os')"])
def test_texts_that_make_no_sense_are_only_quoted(text: str) -> None:
    assert isinstance(failure_of([text]), NodeFailed | Rejected)


async def test_a_job_that_runs_too_long_is_told_as_that(runpod: RunPodStandIn, server: Server) -> None:
    prompt_id = await submitted(server, txt2img(steps=5000))
    await until(lambda: _runs(server, prompt_id))
    job = next(iter(runpod.jobs.values()))
    job.state = "TIMED_OUT"
    finished = await place(server, prompt_id)
    assert isinstance(finished, Finished)
    assert isinstance(finished.error, NodeFailed)
    assert finished.error.kind is FailureKind.TOO_SLOW


async def test_a_job_that_no_worker_took_in_time_never_ran_and_is_sent_again(
    runpod: RunPodStandIn, server: Server
) -> None:
    runpod.wakes_after = 10_000
    prompt_id = await submitted(server, model_free())
    assert await place(server, prompt_id) is Place.WAKING
    (job,) = runpod.jobs.values()
    job.state = "TIMED_OUT"
    assert await place(server, prompt_id) is Place.UNKNOWN
    runpod.wake()
    await server.submit(model_free(), prompt_id=prompt_id, client_id="")
    assert (await ends(server, prompt_id)).error is None
    assert len(runpod.began) == 1


def test_only_a_job_that_waited_to_the_last_has_certainly_expired_in_the_queue() -> None:
    waits = QueueWaits()
    for now in range(0, TTL_SECONDS, 10):
        waits.waits("waited", now)
        if now < TTL_SECONDS / 2:
            waits.waits("began", now)
    waits.waits("late", TTL_SECONDS - 10)
    told = {theirs: waits.has_expired(theirs, TTL_SECONDS) for theirs in ("waited", "began", "late", "unknown")}
    assert told == {"waited": True, "began": False, "late": False, "unknown": False}


@pytest.mark.parametrize(("failing", "gives_up"), [(12, False), (30, True)])
async def test_gateways_that_fail_for_two_minutes_are_waited_for(
    runpod: RunPodStandIn, server: Server, monkeypatch: pytest.MonkeyPatch, failing: int, gives_up: bool
) -> None:
    """The bot waits 5 s after each of these answers."""
    prompt_id = await submitted(server, model_free())
    with PromptRun(server, server.events(new_id()), prompt_id, lambda _: None) as prompt:
        runpod.faults.answers["/status"] = [502] * failing
        loop, ahead = asyncio.get_running_loop(), 0.0
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + ahead)
        ending = asyncio.create_task(prompt.end())
        while not ending.done():
            # Time flies, but slowly enough for an answer in between.
            await asyncio.wait({ending}, timeout=0.05)
            ahead += 0.7
        if gives_up:
            with pytest.raises(Refused, match="502"):
                ending.result()
        else:
            assert ending.result().error is None
    assert bool(runpod.faults.answers["/status"]) == gives_up


async def _runs(server: Server, prompt_id: str) -> bool:
    return await server.locate(prompt_id) is Place.RUNNING


@pytest.fixture
async def strangers(runpod: RunPodStandIn) -> AsyncIterator[dict[str, Server]]:
    """The same RunPod with another key, and with an endpoint that it does not have."""
    settings = {"DISCORD_TOKEN": "made-up", "RUNPOD_URL": runpod.url, "RUNPOD_API_KEY": "canary-other"}
    own = runpod.environment()["RUNPOD_API_KEY"]
    wrong_key = read_settings({**settings, "COMFYUI_URLS": "runpod://abc123"}).comfyui_urls[0]
    elsewhere = read_settings({**settings, "COMFYUI_URLS": "runpod://other", "RUNPOD_API_KEY": own}).comfyui_urls[0]
    async with open_session() as session:
        yield {name: server_at(url, session, common=Common()) for name, url in (("key", wrong_key), ("id", elsewhere))}


async def test_what_is_in_the_way_is_told_in_words(strangers: dict[str, Server]) -> None:
    for name, said in (("key", "RunPod refuses the key (401)."), ("id", "RunPod has no such endpoint (404).")):
        with pytest.raises(Unreachable) as fault:
            await strangers[name].alive()
        told = await strangers[name].explained(fault.value)
        assert isinstance(told, NotComfyUI)
        assert told.reason == said
        assert "canary" not in str(told)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"COMFYUI_URLS": "runpod://abc"}, "runpod://abc in COMFYUI_URLS needs it"),
        ({"COMFYUI_URLS": "runpod://abc", "RUNPOD_API_KEY": "canary key"}, "a key has no spaces"),
        ({"COMFYUI_URLS": "runpod://abc/def"}, "write runpod:// and the id of your endpoint"),
        ({"RUNPOD_URL": "http://runpod.example"}, "use an https address"),
    ],
)
def test_settings_that_cannot_work_are_told(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({"DISCORD_TOKEN": "made-up", **environment})
    assert said in " ".join(raised.value.faults)
    assert "canary" not in " ".join(raised.value.faults)


def test_the_key_goes_to_runpod_and_what_opens_other_servers_does_not() -> None:
    settings = read_settings(
        {
            "DISCORD_TOKEN": "made-up",
            "COMFYUI_URLS": "http://one.example,runpod://abc",
            "COMFYUI_HEADERS": "X-Door: canary-door",
            "RUNPOD_API_KEY": "canary-key",
        }
    )
    one, rented = settings.comfyui_urls
    assert one.headers == {"X-Door": "canary-door"}
    assert rented.headers == {"Authorization": "Bearer canary-key"}
    assert rented.http == "https://api.runpod.ai/v2/abc"
    assert "canary-key" in settings.secrets
