"""A client for the stand-in's HTTP side that checks every answer against Discord's own document."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.discord_openapi import response_problems
from tests.discord_server import DiscordStandIn, Interaction, User

alice = User("alice")
NOBODY: Mapping[str, Any] = {"allowed_mentions": {"parse": []}}


class Client:
    """Says a request and checks the shape of what comes back."""

    def __init__(self, discord: DiscordStandIn, session: aiohttp.ClientSession) -> None:
        self.discord = discord
        self.session = session
        self.application = discord.bot.id
        self.headers: Mapping[str, str] = {}

    async def ask(
        self, method: str, path: str, body: object = None, *, files: Mapping[str, bytes] | None = None
    ) -> tuple[int, Any]:
        environment = self.discord.environment("client")
        form = None
        if files is not None:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body))
            for index, (name, content) in enumerate(files.items()):
                form.add_field(f"files[{index}]", content, filename=name)
        async with self.session.request(
            method,
            f"{environment['DISCORD_STAND_IN']}/api/v10{path}",
            json=body if form is None and body is not None else None,
            data=form,
            headers={"Authorization": f"Bot {environment['DISCORD_TOKEN']}"},
        ) as response:
            self.headers = response.headers
            answer = await response.json() if response.content_type == "application/json" else None
        if response.ok:
            assert response_problems(method, path.partition("?")[0], response.status, answer) == []
        return response.status, answer

    async def refusal(self, method: str, path: str, body: object = None) -> tuple[int, int]:
        status, answer = await self.ask(method, path, body)
        return status, answer["code"]

    async def slash(self, user: User = alice) -> Interaction:
        await self.ask("PUT", f"/applications/{self.application}/commands", [{"name": "go", "description": "Go"}])
        return await self.discord.slash("go", user=user)

    async def answer(self, interaction: Interaction, body: object, query: str = "") -> tuple[int, Any]:
        return await self.ask("POST", f"/interactions/{interaction.id}/{interaction.token}/callback{query}", body)

    def webhook(self, interaction: Interaction, tail: str = "/messages/@original") -> str:
        return f"/webhooks/{self.application}/{interaction.token}{tail}"
