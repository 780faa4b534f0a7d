"""A Discord that hangs or talks nonsense: every result is shown soon after its end, whatever route it takes."""

import asyncio
import io
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web

from bot.ledger import Job
from bot.messages import Attachment, Channels, JobMessages, WatchedConnector, render_done
from bot.messages.requests.refusals import NotNow, foreseen
from bot.messages.requests.stalled_requests import report_progress
from tests.discord_server import Channel, DiscordStandIn, Failure, Guild, Message
from tests.discord_server.outages import OUTAGES, begin_outage
from tests.jobs import a_job
from tests.looks import is_done
from tests.people import ALICE
from tests.waiting import until

TEXT: Final = Channel("text")
THREAD: Final = Channel("thread", under=TEXT, kind="thread")
IMAGE: Final = Attachment("picture-1.png", b"the picture")
SOON: Final = 30.0
"""Seconds after the end of an outage within which every image is shown."""
_PIECE: Final = 2**20
_SILENT: Final = 1.0


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild(channels=(TEXT, THREAD)),)


@pytest.fixture
def silent_seconds() -> float:
    return 1.0


Route = Callable[[DiscordStandIn], tuple[Job, Callable[[], bool]]]
"""A job whose result must take this route, and whether it is shown."""


def by_token(discord: DiscordStandIn) -> tuple[Job, Callable[[], bool]]:
    reply = discord.answered("In line", user=ALICE, channel=TEXT)
    job = one_job(discord, reply.message, interaction_token=reply.token, created_at=time.time())
    return job, lambda: is_done(reply.message) and bool(reply.message.attachments)


def by_channel(discord: DiscordStandIn) -> tuple[Job, Callable[[], bool]]:
    reply = discord.answered("In line", user=ALICE, channel=TEXT)
    return one_job(discord, reply.message), lambda: is_done(reply.message) and bool(reply.message.attachments)


def by_new_message(discord: DiscordStandIn) -> tuple[Job, Callable[[], bool]]:
    reply = discord.answered("In line", user=ALICE, channel=THREAD)
    discord.archive(THREAD)
    return one_job(discord, reply.message, channel_id=THREAD.id), lambda: one_with_files(discord, THREAD)


def by_direct_message(discord: DiscordStandIn) -> tuple[Job, Callable[[], bool]]:
    reply = discord.answered("In line", user=ALICE, channel=TEXT)
    job = one_job(discord, reply.message, private=True)
    return job, lambda: one_with_files(discord, discord.direct(ALICE))


def one_with_files(discord: DiscordStandIn, channel: Channel) -> bool:
    """Exactly one: an answer that was lost must not lead to a second message."""
    return [bool(one.attachments) for one in discord.messages(channel)].count(True) == 1


def one_job(discord: DiscordStandIn, message: Message, **changes: Any) -> Job:  # noqa: ANN401 - as a job has fields
    mine = {"id": str(uuid.uuid4()), "channel_id": TEXT.id, "message_id": message.id, "user_id": ALICE.id}
    return a_job(**{**mine, "application_id": discord.bot.id, **changes})


@pytest.mark.waits
@pytest.mark.parametrize("kind", OUTAGES)
async def test_after_an_outage_every_result_is_shown_soon_on_every_route(
    discord: DiscordStandIn, channels: Channels, kind: str
) -> None:
    begin_outage(discord, OUTAGES[kind])
    await outlasted(discord, channels, [by_token, by_channel, by_new_message, by_direct_message])


@pytest.mark.waits
@pytest.mark.parametrize("kind", OUTAGES)
async def test_after_an_outage_of_new_messages_each_is_there_once(
    discord: DiscordStandIn, channels: Channels, kind: str
) -> None:
    discord.fail_next("POST", "/channels/*/messages", OUTAGES[kind], times=10**6)
    await outlasted(discord, channels, [by_new_message, by_direct_message])


async def test_a_message_whose_answer_is_lost_again_and_again_is_there_once(
    discord: DiscordStandIn, channels: Channels
) -> None:
    discord.fail_next("POST", "/channels/*/messages", Failure(200, body="{", applied=True), times=4)
    await outlasted(discord, channels, [by_new_message, by_direct_message])


async def test_a_fault_of_our_own_is_no_end_of_a_delivery(discord: DiscordStandIn, channels: Channels) -> None:
    faults = [ValueError("made up"), KeyError("made up"), RuntimeError("made up")]

    async def confirmed() -> None:
        if faults:
            raise faults.pop()

    messages, (job, seen) = JobMessages(channels), by_channel(discord)
    async with asyncio.timeout(SOON):
        await messages.of(job).finish(render_done(job, "A title", 1.0, (IMAGE,)), confirmed)
    assert seen()
    await messages.close()


async def outlasted(discord: DiscordStandIn, channels: Channels, routes: list[Route]) -> None:
    """Every result of these routes is delivered, after each has met the outage a few times."""
    messages = JobMessages(channels)
    jobs = [route(discord) for route in routes]
    finishing = [
        asyncio.create_task(messages.of(job).finish(render_done(job, "A title", 1.0, (IMAGE,)))) for job, _ in jobs
    ]
    await until(lambda: failed(discord) >= 2 * len(jobs))
    discord.faults.forget()
    async with asyncio.timeout(SOON):
        await asyncio.gather(*finishing)
    assert all(seen() for _, seen in jobs)
    await messages.close()


def failed(discord: DiscordStandIn) -> int:
    """How many requests met the outage."""
    return sum(one.failed for one in discord.requests)


async def test_an_upload_that_makes_progress_is_left_alone_and_one_that_stalls_is_not() -> None:
    """Seconds pass between two pieces that the other side takes: together many times what silence may last."""
    taking, pieces = asyncio.Event(), 6
    taking.set()

    async def slow(request: web.Request) -> web.Response:
        size = 0
        for _ in range(pieces):
            await taking.wait()
            size += len(await request.content.readexactly(_PIECE))
            await asyncio.sleep(0.5 * _SILENT)  # this is the slow line
        size += len(await request.content.read())
        return web.json_response({"size": size})

    app = web.Application(client_max_size=2**30)
    app.router.add_post("/", slow)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    trace = aiohttp.TraceConfig()
    report_progress(trace)
    try:
        async with aiohttp.ClientSession(connector=WatchedConnector(), trace_configs=[trace]) as session:
            body = bytes(_PIECE * 2 * pieces)
            async with foreseen(_SILENT), session.post(url, data=io.BytesIO(body)) as response:
                assert (await response.json())["size"] == len(body)
            taking.clear()
            with pytest.raises(NotNow):
                async with foreseen(_SILENT), session.post(url, data=io.BytesIO(body)):
                    pass
    finally:
        await runner.cleanup()
