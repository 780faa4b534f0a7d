"""What the bot relies on in discord.py that discord.py does not promise: a new version of it is this file's work, and
that of tests/test_discord_internals.py, which holds each of these against the version that is installed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any, Final, TypeVar, cast

import discord
from discord import app_commands
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

log = logging.getLogger(__name__)

V = TypeVar("V", discord.ui.View, discord.ui.Modal)
Command = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu

_ORIGINAL: Final = cast("int", "@original")
"""The reply to an interaction, which its token knows by this name from the first moment on."""
_PAYLOAD: Final = "payload_json"


def not_kept(view: V, *items: discord.ui.Item[Any]) -> V:
    """Fill a view or a form. Its presses are answered by their custom_id, also after a restart: discord.py need not
    remember it, and does not remember what is stopped. Otherwise each edit would leave one behind for ever.
    """
    for item in items:
        view.add_item(item)
    view.stop()
    return view


def role_ids(user: discord.User | discord.Member) -> frozenset[int]:
    """The roles that Discord says they have; `Member.roles` leaves out those that the cache has not heard of yet."""
    return frozenset(user._roles) if isinstance(user, discord.Member) else frozenset()  # noqa: SLF001


def sent_with(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    """What was pressed, picked or filled in, as Discord sent it."""
    return cast("Mapping[str, Any]", interaction.data or {})


async def rest(
    client: discord.Client,
    path: str,
    *,
    post: object = None,
    params: Mapping[str, object] | None = None,
    **fields: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401 - Discord's JSON
    """Get what discord.py has no method for, or post something. `fields` are those of the path."""
    body: dict[str, Any] = {} if post is None else {"json": post}
    return await client.http.request(Route("GET" if post is None else "POST", path, **fields), params=params, **body)


def rest_address() -> str:
    """Where Discord's REST API is."""
    return Route.BASE


async def direct_channel(client: discord.Client, user_id: int) -> discord.PartialMessageable:
    """The channel for direct messages to a user whom the cache need not know."""
    opened = await rest(client, "/users/@me/channels", post={"recipient_id": user_id})
    return client.get_partial_messageable(int(opened["id"]))


class Reply:
    """The reply to an interaction, by its token alone. Its methods raise what discord.py raises."""

    def __init__(self, client: discord.Client, application_id: int, token: str) -> None:
        self._webhook = discord.Webhook.partial(application_id, token, client=client)

    async def fetch(self) -> discord.Message:
        """As Discord has it."""
        return await self._webhook.fetch_message(_ORIGINAL)

    async def edit(self, **fields: Any) -> None:  # noqa: ANN401 - as discord.py has it
        """As `Message.edit`."""
        await self._webhook.edit_message(_ORIGINAL, **fields)

    async def delete(self) -> None:
        """Take it away."""
        await self._webhook.delete_message(_ORIGINAL)

    async def whisper(self, text: str) -> None:
        """Say something beside it that only the member sees."""
        # What it is: discord.py lets no other kind say anything privately.
        self._webhook.type = discord.WebhookType.application
        await self._webhook.send(text, ephemeral=True)


def go_on_hearing(client: discord.Client) -> None:
    """From now on an event that discord.py cannot read is logged. It would end the connection, and the program."""
    parsers: dict[str, Callable[[Any], None]] = client._connection.parsers  # noqa: SLF001
    parsers.update({event: _unbreakable(event, parse) for event, parse in parsers.items()})


def _unbreakable(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def parsed(data: Any) -> None:  # noqa: ANN401 - as it came
        try:
            parse(data)
        except Exception:
            log.exception("Discord sent a %s that cannot be read", event)

    return parsed


async def stay_connected(client: discord.Client) -> None:
    """Connect for good. Ends soon after it is cancelled: while a shard starts discord.py swallows that."""
    connection = asyncio.create_task(client.connect())
    try:
        await asyncio.wait([connection])
        connection.result()
    finally:
        while not connection.done():
            connection.cancel()
            await asyncio.wait([connection], timeout=0.1)


def rewrite_bodies(client: discord.Client, rewrite: Callable[[Any], Any]) -> None:
    """From now on, for whatever this client sends with its own token, and for whatever this task, and those that it
    starts, send with the tokens of interactions: a request's JSON is what `rewrite` makes of it.
    """
    request = client.http.request

    def parts(form: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
        """A body that goes with files."""
        return (
            None
            if form is None
            else [
                {**part, "value": json.dumps(rewrite(json.loads(part["value"])))} if part["name"] == _PAYLOAD else part
                for part in form
            ]
        )

    async def rewriting(route: Route, *, form: Any = None, **rest: Any) -> Any:  # noqa: ANN401 - as discord.py has it
        if "json" in rest:
            rest["json"] = rewrite(rest["json"])
        return await request(route, form=parts(form), **rest)

    class Adapter(AsyncWebhookAdapter):
        async def request(self, *where: Any, payload: Any = None, multipart: Any = None, **rest: Any) -> Any:  # noqa: ANN401
            return await super().request(*where, payload=rewrite(payload), multipart=parts(multipart), **rest)

    client.http.request = rewriting  # type: ignore[method-assign]  # Client makes its own
    async_context.set(Adapter())  # type: ignore[no-untyped-call]  # discord.py leaves it untyped


def with_options(callback: Callable[..., Coroutine[Any, Any, None]], options: Sequence[Parameter]) -> Any:  # noqa: ANN401
    """A command's callback whose options are worked out: discord.py reads them off its signature."""
    interaction = Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD)
    cast("Any", callback).__signature__ = Signature([interaction, *options])
    return callback


def command_body(command: Command, tree: app_commands.CommandTree[Any]) -> Mapping[str, Any]:
    """A command as discord.py sends it."""
    return command.to_dict(tree)


def known_command_body(command: app_commands.AppCommand) -> Mapping[str, Any]:
    """A command that Discord has, in the same form; discord.py leaves out what Discord fills in by itself."""
    permissions = command.default_member_permissions
    return {
        **command.to_dict(),
        "nsfw": command.nsfw,
        "dm_permission": command.dm_permission,
        "default_member_permissions": None if permissions is None else permissions.value,
    }
