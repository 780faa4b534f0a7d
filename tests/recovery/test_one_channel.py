"""Many jobs in one channel whose tokens are dead: Discord counts all their edits together."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import REAL_RATE_LIMITS, DiscordStandIn, Interaction, Request, User
from tests.looks import is_done
from tests.recovery.studio import Studio, brings_picture, job_of

JOBS = 12
STEPS = 20
PATIENCE = 120.0
MOST_NEWS_BETWEEN = 2
"""What was on its way when an image was finished, and what went while that was fetched."""


@contextlib.asynccontextmanager
async def ends_of(comfyui: ComfyUIStandIn) -> AsyncIterator[list[float]]:
    """When each job ended there, in their order."""
    ends: list[float] = []

    async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
        before = 0
        async for message in socket:
            event = json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}
            if event.get("type") == "status":
                remaining = event["data"]["status"]["exec_info"]["queue_remaining"]
                ends.extend([time.monotonic()] * (before - remaining))
                before = remaining

    async with aiohttp.ClientSession() as session, session.ws_connect(f"{comfyui.url}/ws") as socket:
        listening = asyncio.create_task(listen(socket))
        yield ends
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def edits_in_channel(discord: DiscordStandIn) -> list[Request]:
    return [one for one in discord.requests if one.method == "PATCH" and one.path.startswith("/channels/")]


def delivery_of(discord: DiscordStandIn, order: Interaction) -> Request:
    """The one request that brought the image."""
    number = str(order.message.id)
    (brought,) = (one for one in discord.requests if brings_picture(one) and one.path.endswith(f"/{number}"))
    return brought


@pytest.mark.waits
async def test_no_finished_image_waits_behind_news_and_discord_refuses_nothing(
    discord: DiscordStandIn, tmp_path: Path
) -> None:
    discord.faults.rate_limits = REAL_RATE_LIMITS
    discord.faults.latency = discord.faults.answer_latency = (0.0, 0.05)
    async with contextlib.AsyncExitStack() as stack:
        servers = [
            # The first ends after ten seconds, and then one every second and a half.
            await stack.enter_async_context(ComfyUIStandIn(steps_per_second=STEPS / (10 + 1.5 * number)))
            for number in range(JOBS)
        ]
        ends = [await stack.enter_async_context(ends_of(server)) for server in servers]
        studio = await stack.enter_async_context(Studio(discord, servers, tmp_path))
        orders = [await studio.order(User(f"user {number}"), f"fox no. {number}") for number in range(JOBS)]
        for order in orders:
            order.expire()
        for order in orders:
            await order.message.until(is_done, PATIENCE)
        ended = {
            job: at
            for server, times in zip(servers, ends, strict=True)
            for job, at in zip(server.executed, times, strict=True)
        }
    assert not [request for request in discord.requests if request.status == 429]
    news = [one.at for one in edits_in_channel(discord) if not brings_picture(one)]
    assert len(news) >= JOBS / 2, "there was something to wait behind"
    for order in orders:
        assert order.message.attachments
        shown_at = delivery_of(discord, order).at
        between = [at for at in news if ended[job_of(order)] < at < shown_at]
        assert len(between) <= MOST_NEWS_BETWEEN
    assert len(discord.messages()) == JOBS
