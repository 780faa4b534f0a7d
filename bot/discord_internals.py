"""The parts of discord.py that the bot uses although discord.py does not promise to keep them.

tests/test_discord_internals.py checks each of them against the installed version. When an upgrade breaks one, the fix
belongs here.
"""

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
"""Discord's name for the first reply to an interaction. It works without the message's id."""
_ALREADY_ACKNOWLEDGED: Final = 40060
"""Discord's error code: the interaction has its first answer already."""
_SUGGESTIONS: Final = discord.InteractionResponseType.autocomplete_result.value
_MOST_TRIED: Final = 1000
"""Interactions that are remembered. They live 15 minutes; a first answer is tried within seconds."""
_PAYLOAD: Final = "payload_json"


def untracked(view: V, *items: discord.ui.Item[Any]) -> V:
    """Add the items to a view or a form, and keep discord.py from tracking it. The bot routes presses by their
    custom_id, also after a restart. discord.py would otherwise remember one more view after every edit, for ever.
    """
    for item in items:
        view.add_item(item)
    view.stop()
    return view


def role_ids(user: discord.User | discord.Member) -> frozenset[int]:
    """The ids of a member's roles as Discord sent them. `Member.roles` lacks those that are not in the cache yet."""
    return frozenset(user._roles) if isinstance(user, discord.Member) else frozenset()  # noqa: SLF001


def interaction_data(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    """The data of a press, a choice or a form, as Discord sent it."""
    return cast("Mapping[str, Any]", interaction.data or {})


async def rest(
    client: discord.Client,
    path: str,
    *,
    post: object = None,
    params: Mapping[str, object] | None = None,
    **fields: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401 - Discord's JSON
    """Send a request that discord.py has no method for: a POST if `post` is given, otherwise a GET. `fields` fill in
    the path.
    """
    body: dict[str, Any] = {} if post is None else {"json": post}
    return await client.http.request(Route("GET" if post is None else "POST", path, **fields), params=params, **body)


def rest_address() -> str:
    """The address of Discord's REST API."""
    return Route.BASE


async def direct_channel(client: discord.Client, user_id: int) -> discord.PartialMessageable:
    """The channel for direct messages to a user, who need not be in the cache."""
    opened = await rest(client, "/users/@me/channels", post={"recipient_id": user_id})
    return client.get_partial_messageable(int(opened["id"]))


class Reply:
    """The reply to an interaction, or the follow-up with this id, reached by the interaction's token alone. Methods
    raise discord.py's exceptions.
    """

    def __init__(self, client: discord.Client, application_id: int, token: str, message_id: int | None = None) -> None:
        self._message_id = _ORIGINAL if message_id is None else message_id
        self._webhook = discord.Webhook.partial(application_id, token, client=client)

    async def fetch(self) -> discord.Message:
        """The reply as Discord has it."""
        return await self._webhook.fetch_message(self._message_id)

    async def edit(self, **fields: Any) -> None:  # noqa: ANN401 - as discord.py has it
        """Edit the reply. Takes the same arguments as `Message.edit`."""
        await self._webhook.edit_message(self._message_id, **fields)

    async def delete(self) -> None:
        """Delete the reply."""
        await self._webhook.delete_message(self._message_id)

    async def follow_up(self, content: str, view: discord.ui.View, *, private: bool) -> int:
        """Send a further message next to the reply, and return its id. The reply itself must have been sent."""
        # discord.py refuses views and `ephemeral` for every other type of webhook.
        self._webhook.type = discord.WebhookType.application
        return (await self._webhook.send(content, view=view, ephemeral=private, wait=True)).id

    async def whisper(self, text: str) -> None:
        """Send a text that only the member sees, next to the reply."""
        # discord.py refuses `ephemeral` for every other type of webhook.
        self._webhook.type = discord.WebhookType.application
        await self._webhook.send(text, ephemeral=True)


def log_unreadable_events(client: discord.Client) -> None:
    """Log gateway events that discord.py cannot parse. Without this, one such event would end the program."""
    parsers: dict[str, Callable[[Any], None]] = client._connection.parsers  # noqa: SLF001
    parsers.update({event: _guarded(event, parse) for event, parse in parsers.items()})


def _guarded(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def parsed(data: Any) -> None:  # noqa: ANN401 - Discord's JSON
        try:
            parse(data)
        except Exception:
            log.exception("could not parse a %s event from Discord", event)

    return parsed


async def stay_connected(client: discord.Client) -> None:
    """Stay connected until cancelled. Cancels again until it works, because discord.py swallows a cancellation while a
    shard starts.
    """
    connection = asyncio.create_task(client.connect())
    try:
        await asyncio.wait([connection])
        connection.result()
    finally:
        while not connection.done():
            connection.cancel()
            await asyncio.wait([connection], timeout=0.1)


class AnsweredElsewhere(Exception):  # noqa: N818 - nothing is wrong with the interaction
    """The first answer to an interaction came too late: it has one already. `unsure`: that may come from an earlier try
    of this process, whose response was lost. Otherwise another program that uses the same token has answered.
    """

    def __init__(self, *, unsure: bool) -> None:
        super().__init__("the interaction was answered already")
        self.unsure = unsure


def intercept_requests(
    client: discord.Client,
    *,
    rewrite: Callable[[Any], Any],
    timeout: Callable[[], Any],
    taken: Callable[[], None] = lambda: None,
) -> None:
    """Pass the JSON of every request through `rewrite`, and send it with the limits that `timeout` returns (aiohttp's
    `ClientTimeout`), which discord.py offers no way to set. This covers what the client sends with the bot's token, and
    what this task and the tasks it starts send with the tokens of interactions.

    First answers to interactions raise `AnsweredElsewhere` instead of discord.py's error if somebody else was faster;
    `taken` is called for each of these that must be another program's.
    """
    request = client.http.request
    tried: dict[int, None] = {}

    def parts(form: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
        """Rewrite the JSON part of a body with files."""
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
        try:
            return await request(route, form=parts(form), timeout=timeout(), **rest)
        except BaseException:
            # A request that is cancelled while it waits out a global limit would keep all others waiting for ever.
            client.http._global_over.set()  # noqa: SLF001
            raise

    class Limited:
        """A session whose requests have these limits."""

        def __init__(self, session: Any) -> None:  # noqa: ANN401 - as discord.py has it
            self._session = session
            self.requests = 0

        def request(self, *where: Any, **rest: Any) -> Any:  # noqa: ANN401
            self.requests += 1
            return self._session.request(*where, timeout=timeout(), **rest)

    class Adapter(AsyncWebhookAdapter):
        async def request(
            self,
            route: Any,  # noqa: ANN401
            session: Any,  # noqa: ANN401
            *,
            payload: Any = None,  # noqa: ANN401
            multipart: Any = None,  # noqa: ANN401
            **rest: Any,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            limited = Limited(session)
            earlier = self._tried(route)
            try:
                return await super().request(
                    route, cast("Any", limited), payload=rewrite(payload), multipart=parts(multipart), **rest
                )
            except discord.HTTPException as fault:
                if fault.code != _ALREADY_ACKNOWLEDGED or not _is_first_answer(route):
                    raise
                unsure = earlier or limited.requests > 1
                if not unsure:
                    taken()
                if payload is not None and payload["type"] == _SUGGESTIONS:
                    return None
                raise AnsweredElsewhere(unsure=unsure) from fault

        def _tried(self, route: Any) -> bool:  # noqa: ANN401
            """Whether this process has tried before to give this interaction its first answer."""
            if not _is_first_answer(route) or route.webhook_id in tried:
                return _is_first_answer(route)
            while len(tried) >= _MOST_TRIED:
                del tried[next(iter(tried))]
            tried[route.webhook_id] = None
            return False

    client.http.request = rewriting  # type: ignore[method-assign]  # discord.py offers no hook
    async_context.set(Adapter())  # type: ignore[no-untyped-call]  # discord.py leaves it untyped


def _is_first_answer(route: Any) -> bool:  # noqa: ANN401 - as discord.py has it
    return bool(route.path.endswith("/callback"))


def with_options(callback: Callable[..., Coroutine[Any, Any, None]], options: Sequence[Parameter]) -> Any:  # noqa: ANN401
    """Give a command's callback these options. discord.py reads options from the signature."""
    interaction = Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD)
    cast("Any", callback).__signature__ = Signature([interaction, *options])
    return callback


def command_body(command: Command, tree: app_commands.CommandTree[Any]) -> Mapping[str, Any]:
    """The JSON of a command as discord.py sends it."""
    return command.to_dict(tree)


def known_command_body(command: app_commands.AppCommand) -> Mapping[str, Any]:
    """The JSON of a registered command, in the same form, with fields that `AppCommand.to_dict` lacks."""
    permissions = command.default_member_permissions
    return {
        **command.to_dict(),
        "nsfw": command.nsfw,
        "dm_permission": command.dm_permission,
        "default_member_permissions": None if permissions is None else permissions.value,
    }
