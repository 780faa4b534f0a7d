"""Nobody is mentioned unless a call says so: with each kind of call discord.py falls back on what the client says."""

from collections.abc import Awaitable, Callable
from typing import Final

import discord
import pytest

from bot.discord_internals import Reply
from tests.discord_openapi import problems
from tests.recorded_discord import pressed, recorded

CALLS: Final[dict[str, Callable[[discord.Client], Awaitable[object]]]] = {
    "send": lambda client: client.get_partial_messageable(1).send("@everyone"),
    "edit": lambda client: client.get_partial_messageable(1).get_partial_message(2).edit(content="@everyone"),
    "whisper by a token": lambda client: Reply(client, 3, "t").whisper("@everyone"),
    "edit by a token": lambda client: Reply(client, 3, "t").edit(content="@everyone"),
    "answer": lambda client: pressed(client).response.send_message("@everyone"),
    "answer with an edit": lambda client: pressed(client).response.edit_message(content="@everyone"),
    "edit the answer": lambda client: pressed(client).edit_original_response(content="@everyone"),
    "follow up": lambda client: pressed(client).followup.send("@everyone"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_nobody_is_mentioned(call: Callable[[discord.Client], Awaitable[object]]) -> None:
    async with recorded(allowed_mentions=discord.AllowedMentions.none()) as (client, wire):
        await call(client)
    ((method, path, body),) = wire.written
    assert body.get("data", body)["allowed_mentions"]["parse"] == []
    assert problems(method, path, body) == []
