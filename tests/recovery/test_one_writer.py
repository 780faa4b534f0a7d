"""Position updates race with jobs that finish at once, and Discord takes its time: the last edit is the image."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from bot.ledger import Job, JobState, Ledger, Standing
from bot.messages import Address, Attachment, Channels, JobMessages, render_done, render_queued
from tests.discord_server import DiscordStandIn, Message
from tests.ledger.orders import claim, order
from tests.ledgers import open_patiently
from tests.looks import is_done
from tests.people import ALICE

_AT_ONCE: Final = 40
_SLOWEST: Final = 0.03
"""Seconds that Discord takes at most before it looks at a request, and again before it answers."""
_PICTURE: Final = Attachment("image-1.png", b"the picture")


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    # Thousands of commits: what is raced for does not depend on how long a disk takes over each.
    memory = Path("/dev/shm")  # noqa: S108 - only the folder in it is made, and that under a name of its own
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        ledger = await open_patiently(f"sqlite+aiosqlite:///{folder}/darkroom.db")
        yield ledger
        await ledger.close()


@pytest.mark.parametrize("races", [120, pytest.param(1000, marks=pytest.mark.endurance)])
async def test_the_last_edit_is_always_the_picture(
    discord: DiscordStandIn, channels: Channels, ledger: Ledger, races: int
) -> None:
    chance, turns = random.Random(11), asyncio.Semaphore(_AT_ONCE)

    async def a_moment() -> None:
        await asyncio.sleep(chance.uniform(0, _SLOWEST))

    async def wait_in_line(messages: JobMessages, job: Job) -> None:
        for place in range(chance.randrange(1, 3), 0, -1):
            render = partial(render_queued, job, "A title", Standing(place, 1, None))
            messages.of(job).show(render, partial(ledger.hold, job.id))
            await a_moment()

    async def make_the_next(messages: JobMessages) -> None:
        await a_moment()
        job = await claim(ledger)
        await messages.of(job).finish(render_done(job, "A title", 1.0, (_PICTURE,)))
        await ledger.finish(job, JobState.DONE, seconds=1.0)

    async def race(messages: JobMessages, number: int) -> Message:
        async with turns:
            reply = discord.answered("In line", user=ALICE)
            new = order(number, interaction_token=reply.token, application_id=discord.bot.id)
            messages.at(new.id, Address.of_new(new))
            job, _ = await ledger.submit(new)
            await ledger.acknowledged(job.id, reply.message.id)
            await asyncio.gather(wait_in_line(messages, job), make_the_next(messages))
            return reply.message

    discord.faults.latency = discord.faults.answer_latency = (0.0, _SLOWEST)
    messages = JobMessages(channels)
    shown = await asyncio.gather(*(race(messages, number) for number in range(races)))
    await messages.close()
    assert all(map(is_done, shown))
    # Its first state is the reply itself.
    assert sum(len(message.states) > 2 for message in shown) > races / 4, "there was something to race with"
