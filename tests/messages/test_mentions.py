"""Nobody is mentioned unless a call says so: with each kind of call discord.py falls back on what the client says."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import discord
import pytest
from aiohttp import web

from tests.discord_openapi import problems

MESSAGE: Final[dict[str, Any]] = {
    "id": "2",
    "channel_id": "1",
    "author": {"id": "3", "username": "bot", "discriminator": "0", "avatar": None},
    "content": "@everyone",
    "timestamp": "2026-01-01T00:00:00+00:00",
    "edited_timestamp": None,
    "tts": False,
    "mention_everyone": False,
    "mentions": [],
    "mention_roles": [],
    "attachments": [],
    "embeds": [],
    "pinned": False,
    "type": 0,
}
BOT: Final = {
    "name": "bot",
    "description": "",
    "icon": None,
    "verify_key": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "owner": MESSAGE["author"],
    "flags": 0,
    "hook": False,
}
CALLBACK: Final = {"interaction": {"id": "4", "type": 2, "response_message_id": "2"}}


def said(body: object) -> web.Response:
    # To discord.py it is JSON only without a charset.
    return web.Response(body=json.dumps(body).encode(), content_type="application/json")


class Discord:
    """Answers whatever is written to it with a message."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str, Any]] = []

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/api/v10")
        if request.method == "GET":
            return said({**MESSAGE["author"], **BOT})
        self.written.append((request.method, path, await request.json()))
        return said(CALLBACK if path.endswith("/callback") else MESSAGE)


@pytest.fixture
async def wire(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Discord]:
    wire = Discord()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", wire.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://{host}:{port}/api/v10")
    yield wire
    await runner.cleanup()


@pytest.fixture
async def client(wire: Discord) -> AsyncIterator[discord.Client]:
    nobody = discord.AllowedMentions.none()
    async with discord.Client(intents=discord.Intents(guilds=True), allowed_mentions=nobody) as client:
        await client.login("a-made-up-token")
        wire.written.clear()
        yield client


def pressed(client: discord.Client) -> discord.Interaction[discord.Client]:
    told: Any = {
        "id": "4", "application_id": "3", "token": "t", "type": 3, "version": 1, "channel_id": "1",
        "channel": {"id": "1", "type": 1}, "message": MESSAGE, "user": MESSAGE["author"],
        "data": {"component_type": 2, "custom_id": "again"}, "entitlements": [], "attachment_size_limit": 1,
        "authorizing_integration_owners": {}, "locale": "en-US",
    }  # fmt: skip
    return discord.Interaction(data=told, state=client._connection)  # noqa: SLF001


def webhook(client: discord.Client) -> discord.Webhook:
    found = discord.Webhook.partial(3, "t", client=client)
    found.type = discord.WebhookType.application
    return found


CALLS: Final[dict[str, Callable[[discord.Client], Awaitable[object]]]] = {
    "send": lambda client: client.get_partial_messageable(1).send("@everyone"),
    "edit": lambda client: client.get_partial_messageable(1).get_partial_message(2).edit(content="@everyone"),
    "send by a token": lambda client: webhook(client).send("@everyone", ephemeral=True),
    "edit by a token": lambda client: webhook(client).edit_message(2, content="@everyone"),
    "answer": lambda client: pressed(client).response.send_message("@everyone"),
    "answer with an edit": lambda client: pressed(client).response.edit_message(content="@everyone"),
    "edit the answer": lambda client: pressed(client).edit_original_response(content="@everyone"),
    "follow up": lambda client: pressed(client).followup.send("@everyone"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_nobody_is_mentioned(
    wire: Discord, client: discord.Client, call: Callable[[discord.Client], Awaitable[object]]
) -> None:
    await call(client)
    ((method, path, body),) = wire.written
    assert body.get("data", body)["allowed_mentions"]["parse"] == []
    assert problems(method, path, body) == []
