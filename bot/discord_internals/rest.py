"""Views, members and requests: what discord.py has no public way for."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

import discord
from discord.http import Route

V = TypeVar("V", discord.ui.View, discord.ui.Modal)

_ORIGINAL: Final = cast("int", "@original")
"""Discord's name for the first reply to an interaction. It works without the message's id."""


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
