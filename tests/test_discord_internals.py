"""What `bot.discord_internals` relies on, against the discord.py that is installed."""

from typing import Any

import discord
import pytest

from bot.discord_internals import not_kept, role_ids


@pytest.fixture
async def client() -> discord.Client:
    return discord.Client(intents=discord.Intents(guilds=True))


async def test_what_is_stopped_is_not_kept(client: discord.Client) -> None:
    item: discord.ui.Button[discord.ui.View] = discord.ui.Button(label="Again", custom_id="darkroom:again:1")
    view = not_kept(discord.ui.View(timeout=None), item)
    field: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(custom_id="reason")
    form = not_kept(discord.ui.Modal(title="Why?", custom_id="why"), discord.ui.Label(text="Why?", component=field))
    assert view.children == [item]
    assert view.is_finished()
    assert form.is_finished()


async def test_roles_that_the_cache_has_not_heard_of_are_read_too(client: discord.Client) -> None:
    user: Any = {"id": "5", "username": "Alice", "discriminator": "0", "avatar": None}
    told: Any = {"user": user, "roles": ["7", "9"], "flags": 0, "joined_at": None, "deaf": False, "mute": False}
    state = client._connection  # noqa: SLF001
    guild = discord.Guild(data={"id": "1", "name": "Here"}, state=state)  # type: ignore[typeddict-item]
    member = discord.Member(data=told, guild=guild, state=state)
    assert role_ids(member) == {7, 9}
    assert role_ids(discord.User(state=state, data=user)) == frozenset()
