"""Position updates race with jobs that finish at once, and Discord takes its time: the last edit is the picture."""

import asyncio
import json
import random
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp
import discord
import pytest
from aiohttp import web

from bot.ledger import Job, JobState, Ledger, Standing, open_ledger
from bot.messages import Address, Attachment, Channels, JobMessages, render_done, render_queued
from tests.ledger.orders import claim, order

_AT_ONCE: Final = 40
_SLOWEST: Final = 0.03
"""Seconds that Discord takes at most before it looks at a request, and again before it answers."""
_PICTURE: Final = Attachment("image-1.png", b"the picture")

_BOT: Final = {"id": "300", "username": "Darkroom", "discriminator": "0000", "avatar": None, "bot": True}
_APPLICATION: Final = {
    "id": "300", "name": "Darkroom", "icon": None, "description": "", "owner": _BOT,
    "bot_public": True, "bot_require_code_grant": False, "verify_key": "",
}  # fmt: skip
_MESSAGE: Final[dict[str, Any]] = {
    "id": "1", "channel_id": "1", "author": _BOT, "content": "", "timestamp": "2024-01-01T00:00:00+00:00",
    "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
    "attachments": [], "embeds": [], "pinned": False, "type": 0, "flags": 0, "components": [],
}  # fmt: skip


class SlowDiscord:
    """Takes edits of replies, each after a while of its own, so that they overtake each other on the way."""

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = {}
        """By token, all that was shown, in order."""
        self._random = random.Random(4)

    async def edit(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self._random.uniform(0, _SLOWEST))
        if request.content_type.startswith("multipart/"):
            content = str((await request.post())["payload_json"])
        else:
            content = await request.text()
        self.shown.setdefault(request.match_info["token"], []).append(content)
        await asyncio.sleep(self._random.uniform(0, _SLOWEST))
        return _json(_MESSAGE)

    async def myself(self, _: web.Request) -> web.Response:
        return _json(_BOT)

    async def application(self, _: web.Request) -> web.Response:
        return _json(_APPLICATION)


def _json(body: dict[str, Any]) -> web.Response:
    # discord.py wants this content type to the letter.
    return web.Response(body=json.dumps(body).encode(), content_type="application/json")


@pytest.fixture
async def slow(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlowDiscord]:
    slow, app = SlowDiscord(), web.Application()
    app.router.add_get("/users/@me", slow.myself)
    app.router.add_get("/oauth2/applications/@me", slow.application)
    app.router.add_patch("/webhooks/{application}/{token}/messages/@original", slow.edit)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield slow
    await runner.cleanup()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    # Thousands of commits: what is raced for does not depend on how long a disk takes over each.
    memory = Path("/dev/shm")  # noqa: S108 - only the folder in it is made, and that under a name of its own
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        ledger = await open_ledger(f"sqlite+aiosqlite:///{folder}/darkroom.db")
        yield ledger
        await ledger.close()


@pytest.mark.parametrize("races", [120, pytest.param(1000, marks=pytest.mark.endurance)])
async def test_the_last_edit_is_always_the_picture(slow: SlowDiscord, ledger: Ledger, races: int) -> None:
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

    async def race(messages: JobMessages, number: int) -> None:
        async with turns:
            new = order(number, interaction_token=f"token-{number}")
            messages.at(new.id, Address.of_new(new))
            job, _ = await ledger.submit(new)
            await asyncio.gather(wait_in_line(messages, job), make_the_next(messages))

    trace = aiohttp.TraceConfig()
    async with discord.Client(intents=discord.Intents.none(), http_trace=trace) as client:
        messages = JobMessages(Channels(client, trace))
        await client.login("a-made-up-token")
        await asyncio.gather(*(race(messages, number) for number in range(races)))
        await messages.close()
    assert len(slow.shown) == races
    assert all("\\u2705" in shown[-1] or "✅" in shown[-1] for shown in slow.shown.values())
    assert sum(len(shown) > 1 for shown in slow.shown.values()) > races / 4, "there was something to race with"
