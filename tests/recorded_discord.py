"""A Discord that takes whatever is written to it, and remembers the bodies."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import discord
from aiohttp import web

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
PRESS: Final[Any] = {
    "id": "4", "application_id": "3", "token": "t", "type": 3, "version": 1, "channel_id": "1",
    "channel": {"id": "1", "type": 1}, "message": MESSAGE, "user": MESSAGE["author"],
    "data": {"component_type": 2, "custom_id": "again"}, "entitlements": [], "attachment_size_limit": 1,
    "authorizing_integration_owners": {}, "locale": "en-US",
}  # fmt: skip
CALLBACK: Final = {"interaction": {"id": "4", "type": 2, "response_message_id": "2"}}


def said(body: object) -> web.Response:
    # To discord.py it is JSON only without a charset.
    return web.Response(body=json.dumps(body).encode(), content_type="application/json")


class Discord:
    """Answers whatever is written to it with a message."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str, Any]] = []
        self.read: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/api/v10")
        if request.method == "GET" and path.endswith("/commands"):
            self.read.append(f"{path}?{request.query_string}")
            return said([])
        if request.method == "GET":
            return said(MESSAGE if path.endswith("@original") else {**MESSAGE["author"], **BOT})
        self.written.append((request.method, path, await _body(request)))
        return said(CALLBACK if path.endswith("/callback") else MESSAGE)


async def _body(request: web.Request) -> Any:  # noqa: ANN401 - any JSON
    if request.content_type == "multipart/form-data":
        return json.loads(str((await request.post())["payload_json"]))
    return await request.json() if request.body_exists else None


@contextlib.asynccontextmanager
async def recorded(**settings: Any) -> AsyncIterator[tuple[discord.Client, Discord]]:  # noqa: ANN401 - a client's
    """A client that has logged in there; `settings` are what it is made with."""
    wire = Discord()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", wire.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    before, discord.http.Route.BASE = discord.http.Route.BASE, f"http://{host}:{port}/api/v10"
    try:
        async with discord.Client(intents=discord.Intents(guilds=True), **settings) as client:
            await client.login("a-made-up-token")
            wire.written.clear()
            yield client, wire
    finally:
        discord.http.Route.BASE = before
        await runner.cleanup()


def pressed(client: discord.Client) -> discord.Interaction[discord.Client]:
    return discord.Interaction(data=PRESS, state=client._connection)  # noqa: SLF001
