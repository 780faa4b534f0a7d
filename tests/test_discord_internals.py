"""What `bot.discord_internals` relies on, against the discord.py that is installed."""

import asyncio
import contextlib
import inspect
import io
import logging
from collections.abc import Iterator
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from bot import discord_internals
from bot.discord_internals import Reply
from tests.recorded_discord import PRESS, pressed, recorded

REPLY = "/webhooks/3/t/messages/@original"


def a_client() -> discord.Client:
    return discord.Client(intents=discord.Intents(guilds=True))


async def test_what_is_stopped_is_not_kept() -> None:
    async with recorded() as (client, _):
        view = discord.ui.View(timeout=None)
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(label="Again", custom_id="darkroom:again:1")
        await client.get_partial_messageable(1).send(view=discord_internals.untracked(view, button))
        field: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(custom_id="reason")
        form = discord.ui.Modal(title="Why?", custom_id="why", timeout=None)
        label: discord.ui.Label[discord.ui.View] = discord.ui.Label(text="Why?", component=field)
        await pressed(client).response.send_modal(discord_internals.untracked(form, label))
        assert view.children == [button]
        assert not client.persistent_views
        assert not client._connection._view_store._modals  # noqa: SLF001


async def test_roles_that_the_cache_has_not_heard_of_are_read_too() -> None:
    user: Any = {"id": "5", "username": "Alice", "discriminator": "0", "avatar": None}
    told: Any = {"user": user, "roles": ["7", "9"], "flags": 0, "joined_at": None, "deaf": False, "mute": False}
    state = a_client()._connection  # noqa: SLF001
    guild = discord.Guild(data={"id": "1", "name": "Here"}, state=state)  # type: ignore[typeddict-item]
    member = discord.Member(data=told, guild=guild, state=state)
    assert discord_internals.role_ids(member) == {7, 9}
    assert discord_internals.role_ids(discord.User(state=state, data=user)) == frozenset()


async def test_a_press_says_what_was_sent() -> None:
    assert discord_internals.interaction_data(pressed(a_client()))["custom_id"] == "again"


async def test_rest_gets_and_posts() -> None:
    async with recorded() as (client, wire):
        assert (await discord_internals.rest(client, "/guilds/{guild_id}/members/{id}", guild_id=1, id=5))["id"] == "3"
        channel = await discord_internals.direct_channel(client, 5)
        address = discord_internals.rest_address()
    assert channel.id == 2
    assert wire.written == [("POST", "/users/@me/channels", {"recipient_id": 5})]
    assert address.startswith("http://127.0.0.1")


async def test_a_reply_is_reached_by_its_token_alone() -> None:
    async with recorded() as (client, wire):
        reply = Reply(client, 3, "t")
        assert (await reply.fetch()).id == 2
        await reply.edit(content="Done")
        await reply.whisper("Psst")
        await reply.delete()
    edited, whispered, deleted = wire.written
    assert edited[:2] == ("PATCH", REPLY)
    assert edited[2]["content"] == "Done"
    assert whispered[:2] == ("POST", "/webhooks/3/t")
    assert whispered[2]["flags"] == 64
    assert deleted[:2] == ("DELETE", REPLY)


async def test_a_follow_up_is_reached_by_its_id() -> None:
    async with recorded() as (client, wire):
        view = discord_internals.untracked(discord.ui.View(timeout=None), discord.ui.Button(label="A", custom_id="a"))
        assert await Reply(client, 3, "t").follow_up("Queued", view, private=True) == 2
        await Reply(client, 3, "t", 9).edit(content="Done")
    sent, edited = wire.written
    assert sent[:2] == ("POST", "/webhooks/3/t")
    assert (sent[2]["flags"], len(sent[2]["components"])) == (64, 1)
    assert edited[:2] == ("PATCH", "/webhooks/3/t/messages/9")


async def test_an_event_that_cannot_be_read_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    client = a_client()
    discord_internals.log_unreadable_events(client)
    with caplog.at_level(logging.ERROR):
        client._connection.parsers["MESSAGE_CREATE"]({"no": "message"})  # noqa: SLF001
    assert "could not parse a MESSAGE_CREATE event from Discord" in caplog.text


async def test_a_cancellation_that_is_swallowed_once_ends_the_connection_all_the_same() -> None:
    connecting, swallowed = asyncio.Event(), asyncio.Event()

    class Starting(discord.Client):
        async def connect(self, *, reconnect: bool = True) -> None:  # noqa: ARG002 - as it is called there
            connecting.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.set()
            await asyncio.Event().wait()

    connection = asyncio.create_task(discord_internals.stay_connected(Starting(intents=discord.Intents.none())))
    await connecting.wait()
    connection.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connection
    assert swallowed.is_set()


def marked(body: Any) -> Any:  # noqa: ANN401 - any JSON
    return body and {**body, "marked": True}


async def test_every_body_is_rewritten() -> None:
    async with recorded() as (client, wire):
        discord_internals.intercept_requests(client, rewrite=marked, timeout=aiohttp.ClientTimeout)
        channel = client.get_partial_messageable(1)
        await channel.send("by the channel")
        await channel.send("with a file", file=discord.File(io.BytesIO(b"x"), "x.txt"))
        await Reply(client, 3, "t").edit(content="by the token")
        await Reply(client, 3, "t").edit(content="so too", attachments=[discord.File(io.BytesIO(b"x"), "x.txt")])
        await pressed(client).response.send_message("an answer")
    assert len(wire.written) == 5
    assert all(body["marked"] for _, _, body in wire.written)


async def test_a_command_takes_the_options_that_its_signature_says() -> None:
    async def run(interaction: discord.Interaction, **given: object) -> None: ...

    option = inspect.Parameter("steps", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=int)
    callback = discord_internals.with_options(run, [option])
    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name="paint", description="Paints", callback=callback
    )
    assert [(one.name, one.type, one.required) for one in command.parameters] == [
        ("steps", discord.AppCommandOptionType.integer, False)
    ]
    body = discord_internals.command_body(command, app_commands.CommandTree(a_client()))
    assert (body["name"], body["options"][0]["name"]) == ("paint", "steps")


@pytest.mark.parametrize(("guild_id", "of_guild"), [(None, ""), (7, "/guilds/7")])
async def test_commands_are_registered_and_read_with_their_localizations(guild_id: int | None, of_guild: str) -> None:
    path = f"/applications/3{of_guild}/commands"
    body = {"type": 1, "name": "paint", "description": "Paints", "description_localizations": {"de": "Malt"}}
    async with recorded() as (client, wire):
        tree = app_commands.CommandTree(client)
        await discord_internals.register_commands(tree, [body], guild_id)
        await discord_internals.registered_commands(tree, guild_id)
    assert wire.written == [("PUT", path, [body])]
    assert wire.read == [f"{path}?with_localizations=true"]


@pytest.mark.parametrize("locale", ["pt-BR", None])
async def test_an_interaction_is_handled_around_its_locale(locale: str | None) -> None:
    heard: list[object] = []

    @contextlib.contextmanager
    def around(told: object) -> Iterator[None]:
        heard.append(told)
        yield
        heard.append("over")

    async with recorded() as (client, _):
        discord_internals.surround_interactions(client, around)
        parsers: dict[str, Any] = client._connection.parsers  # noqa: SLF001
        parsers["INTERACTION_CREATE"]({**PRESS, "locale": locale})
    assert heard == [locale, "over"]
