"""What goes into a channel without an interaction's token, between discord.py and a Discord that counts."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import discord as discord_py
import pytest

from bot.ledger import Job
from bot.messages import (
    Attachment,
    Channels,
    JobMessages,
    NotNow,
    Rendered,
    Urgency,
    amend,
    post,
    render_cancelled,
    render_done,
)
from bot.operating_system.open_files import large_uploads
from bot.spool import Spooled
from tests.discord_server import REAL_RATE_LIMITS, Channel, DiscordStandIn, Failure, Guild, RateLimit, Request, User
from tests.jobs import a_job
from tests.waiting import until

BUSY, CALM = Channel("busy"), Channel("calm")
EDIT: Final = frozenset({("PATCH", "/channels/{channel_id}/messages/{message_id}")})
NEVER_RENEWED: Final = 3600.0
LARGE_SIZE: Final = 1000
IMAGE: Final = Attachment("picture-1.png", b"the picture", description="AI-generated image")


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild(channels=(BUSY, CALM)),)


@pytest.fixture
async def messages(channels: Channels) -> AsyncIterator[JobMessages]:
    messages = JobMessages(channels)
    yield messages
    await messages.close()


def old_job(discord: DiscordStandIn, channel: Channel = BUSY) -> Job:
    """A job whose reply is in the channel, and whose token is long dead."""
    reply = discord.answered("In line", user=User("alice"), channel=channel)
    return a_job(id=str(uuid.uuid4()), channel_id=channel.id, message_id=reply.message.id)


def edits(discord: DiscordStandIn, channel: Channel = BUSY) -> list[Request]:
    beginning = f"/channels/{channel.id}/messages/"
    return [one for one in discord.requests if one.method == "PATCH" and one.path.startswith(beginning)]


def said(discord: DiscordStandIn, channel: Channel = BUSY) -> list[str]:
    return [one.json["content"] for one in edits(discord, channel)]


def a_large_image(folder: Path) -> Attachment:
    """What is read from disk while it is sent."""
    (folder / "large").write_bytes(bytes(LARGE_SIZE))
    return Attachment("picture-1.png", Spooled(folder / "large", LARGE_SIZE), description="AI-generated image")


async def edit(channels: Channels, job: Job, text: str) -> None:
    assert job.message_id is not None
    await amend(channels, job.channel_id, job.message_id, Rendered(text))


async def test_an_edit_that_uses_the_budget_up_is_over_when_discord_has_done_it(
    discord: DiscordStandIn, channels: Channels
) -> None:
    discord.faults.rate_limits = [RateLimit("edit", EDIT, 2, NEVER_RENEWED, ("channel_id",))]
    job = old_job(discord)
    async with asyncio.timeout(20):
        await edit(channels, job, "first")
        await edit(channels, job, "last")
    assert said(discord) == ["first", "last"]


async def test_a_long_upload_keeps_nothing_else_from_the_channel(
    discord: DiscordStandIn, channels: Channels, messages: JobMessages
) -> None:
    discord.faults.rate_limits = REAL_RATE_LIMITS
    image, *others = [old_job(discord) for _ in range(3)]
    await edit(channels, image, "known")
    discord.faults.holds = lambda request: bool(request.files)
    finishing = asyncio.create_task(messages.of(image).finish(render_done(image, "A title", 1.0, (IMAGE,))))
    await until(lambda: any(request.files for request in edits(discord)))
    for number, job in enumerate(others):
        text = f"news {number}"
        messages.of(job).show(lambda text=text: Rendered(text))  # type: ignore[misc]
    await until(lambda: {"news 0", "news 1"} <= set(said(discord)))
    assert not finishing.done()
    discord.faults.holds = None
    await finishing


async def test_large_files_leave_their_channel_and_the_others_to_what_is_quick(
    discord: DiscordStandIn, channels: Channels, messages: JobMessages, tmp_path: Path
) -> None:
    discord.faults.rate_limits = REAL_RATE_LIMITS
    large = a_large_image(tmp_path)
    jobs = [old_job(discord) for _ in range(12)]
    calm = old_job(discord, CALM)
    await edit(channels, jobs[0], "known")
    discord.faults.holds = lambda request: any(size == LARGE_SIZE for _, size in request.files)
    slow = [
        asyncio.create_task(messages.of(job).finish(render_done(job, "A title", 1.0, (large,))))
        for job in (*jobs[2:], calm)
    ]
    await until(lambda: len(edits(discord)) > 1)
    for job in jobs[:2]:
        await messages.of(job).finish(render_done(job, "A title", 1.0, (IMAGE,)))
    await until(lambda: len(edits(discord, CALM)) == 1)
    assert not any(one.done() for one in slow)
    discord.faults.holds = None
    await asyncio.gather(*slow)
    assert {request.status for request in edits(discord)} == {200}


async def test_few_large_files_are_on_their_way_at_once(
    discord: DiscordStandIn, channels: Channels, tmp_path: Path
) -> None:
    large = a_large_image(tmp_path)
    under_way = most = 0

    async def upload() -> None:
        nonlocal under_way, most
        async with channels.uploading((large,)):
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(upload() for _ in range(50)))
    assert most == large_uploads(64)
    async with contextlib.AsyncExitStack() as all_taken:
        for _ in range(most):
            await all_taken.enter_async_context(channels.uploading((large,)))
        async with channels.uploading((IMAGE,)):
            pass  # what is small does not wait for them


async def test_a_finished_image_goes_before_what_failed_and_that_before_news(
    discord: DiscordStandIn, channels: Channels, messages: JobMessages
) -> None:
    discord.faults.rate_limits = [RateLimit("edit", EDIT, 1, 0.5, ("channel_id",))]
    job, *_ = jobs = [old_job(discord) for _ in range(4)]
    discord.faults.holds = lambda request: request.method == "PATCH"
    first = asyncio.create_task(edit(channels, job, "under way"))
    await until(lambda: len(edits(discord)) == 1)
    messages.of(jobs[1]).show(lambda: Rendered("news"))
    stopped, finished = jobs[2], jobs[3]
    # In the wrong order, each once the one before it waits for its turn.
    await asyncio.sleep(0)
    ends = [asyncio.create_task(messages.of(stopped).finish(render_cancelled(stopped, "A workflow")))]
    await asyncio.sleep(0)
    ends.append(asyncio.create_task(messages.of(finished).finish(render_done(finished, "A title", 1.0, (IMAGE,)))))
    await asyncio.sleep(0)
    discord.faults.holds = None
    await asyncio.gather(first, *ends)
    await until(lambda: len(edits(discord)) == 4)
    _, second, third, fourth = said(discord)
    assert "✅" in second
    assert "🛑" in third
    assert fourth == "news"
    assert all(request.status == 200 for request in edits(discord))


async def test_news_is_made_when_its_turn_has_come_and_holds_nothing_before(
    discord: DiscordStandIn, channels: Channels, messages: JobMessages
) -> None:
    discord.faults.rate_limits = [RateLimit("edit", EDIT, 2, NEVER_RENEWED, ("channel_id",))]
    busy, calm = old_job(discord), old_job(discord, CALM)
    await edit(channels, busy, "the place that news may take")
    begun: list[str] = []

    @contextlib.asynccontextmanager
    async def hold() -> AsyncIterator[bool]:
        begun.append("held")
        yield True

    def render() -> Rendered:
        begun.append("made")
        return Rendered("news")

    messages.of(busy).show(render, hold)
    messages.of(calm).show(lambda: Rendered("elsewhere"))
    await until(lambda: said(discord, CALM) == ["elsewhere"])
    assert begun == []
    # The place that news leaves is there for an end.
    await messages.of(busy).finish(render_done(busy, "A title", 1.0, (IMAGE,)))
    assert begun == []
    assert len(edits(discord)) == 2


async def test_only_the_newest_state_is_shown(
    discord: DiscordStandIn, channels: Channels, messages: JobMessages
) -> None:
    discord.faults.rate_limits = [RateLimit("edit", EDIT, 2, 0.5, ("channel_id",))]
    job = old_job(discord)
    await edit(channels, job, "the place that news may take")
    for number in range(5):
        text = f"step {number}"
        messages.of(job).show(lambda text=text: Rendered(text))  # type: ignore[misc]
        await asyncio.sleep(0)
    await until(lambda: len(edits(discord)) == 2)
    assert said(discord)[1] == "step 4"


async def test_what_discord_refuses_for_now_is_left_to_the_next_turn(
    discord: DiscordStandIn, channels: Channels
) -> None:
    job = old_job(discord)
    discord.fail_next("PATCH", "/channels/*", Failure(429, code=30046, retry_after=1))
    with pytest.raises(NotNow):
        await edit(channels, job, "refused")
    await edit(channels, job, "taken")
    assert said(discord) == ["refused", "taken"]
    refused, taken = edits(discord)
    assert taken.at - refused.at >= 1


async def test_an_end_that_discord_refuses_for_now_arrives(
    discord: DiscordStandIn, channels: Channels, messages: JobMessages
) -> None:
    job = old_job(discord)
    discord.fail_next("PATCH", "/channels/*", Failure(429, code=30046, retry_after=1), times=2)
    await messages.of(job).finish(render_done(job, "A title", 1.0, (IMAGE,)))
    assert [request.status for request in edits(discord)] == [429, 429, 200]


async def test_news_that_discord_refuses_for_now_arrives_with_its_files(
    discord: DiscordStandIn, channels: Channels, messages: JobMessages
) -> None:
    job = old_job(discord)
    discord.fail_next("PATCH", "/channels/*", Failure(429, retry_after=1))
    files = iter([(IMAGE,)])
    messages.of(job).show(lambda: Rendered("news", files=next(files, None)))
    await until(lambda: len(edits(discord)) == 2)
    assert [len(request.files) for request in edits(discord)] == [1, 1]


async def test_when_discord_shuts_everything_out_nothing_is_sent(discord: DiscordStandIn, channels: Channels) -> None:
    job = old_job(discord)
    discord.fail_next("GET", "/channels/*", Failure(429, retry_after=1, via=False))
    with pytest.raises(discord_py.HTTPException):
        await channels.client.fetch_channel(CALM.id)
    (refused,) = (request for request in discord.requests if request.status == 429)
    await edit(channels, job, "afterwards")
    assert edits(discord)[0].at - refused.at >= 1


async def test_many_lines_for_the_moderators_are_all_written_and_none_is_refused(
    discord: DiscordStandIn, channels: Channels
) -> None:
    discord.faults.rate_limits = REAL_RATE_LIMITS
    lines = [f"line {number}" for number in range(7)]
    await asyncio.gather(*(post(channels, BUSY.id, Rendered(line), f"nonce {line}", Urgency.ENDED) for line in lines))
    sent = [request for request in discord.requests if request.method == "POST" and "/messages" in request.path]
    assert [request.json["content"] for request in sent] == lines
    assert {request.status for request in sent} == {200}
