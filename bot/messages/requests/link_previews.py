"""No link in a message of the bot's unfolds into a preview: a prompt may hold any.

In one place, below everything that writes to Discord: discord.py has no way to say it in an edit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import discord
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

_SUPPRESS_EMBEDS: Final = 1 << 2
_PAYLOAD: Final = "payload_json"


def suppress_link_previews(client: discord.Client) -> None:
    """From now on, for whatever this client sends with its own token, and for whatever this task, and those that it
    starts, send with the tokens of interactions.
    """
    request = client.http.request

    async def suppressing(
        route: discord.http.Route,
        *,
        form: list[dict[str, Any]] | None = None,
        **rest: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - as discord.py has it
        if "json" in rest:
            rest["json"] = without_previews(rest["json"])
        return await request(route, form=_of_parts(form), **rest)

    client.http.request = suppressing  # type: ignore[method-assign, assignment]  # Client makes its own
    async_context.set(_Adapter())  # type: ignore[no-untyped-call]  # discord.py leaves it untyped


class _Adapter(AsyncWebhookAdapter):
    async def request(
        self,
        *where: Any,  # noqa: ANN401
        payload: dict[str, Any] | None = None,
        multipart: list[dict[str, Any]] | None = None,
        **rest: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401 - as discord.py has it
        return await super().request(*where, payload=without_previews(payload), multipart=_of_parts(multipart), **rest)


def without_previews(body: Any) -> Any:  # noqa: ANN401 - any JSON
    """A request's body, with the flag that suppresses embeds where it is a message's with text. Embeds that the bot
    sends itself would be hidden too: a message that has some is left as it is.
    """
    if not isinstance(body, Mapping):
        return body
    if isinstance(body.get("data"), Mapping):  # an answer to an interaction
        return {**body, "data": without_previews(body["data"])}
    if not body.get("content") or body.get("embeds"):
        return body
    return {**body, "flags": (body.get("flags") or 0) | _SUPPRESS_EMBEDS}


def _of_parts(parts: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """The same for a body that goes with files."""
    if parts is None:
        return None
    return [
        {**part, "value": json.dumps(without_previews(json.loads(part["value"])))} if part["name"] == _PAYLOAD else part
        for part in parts
    ]
