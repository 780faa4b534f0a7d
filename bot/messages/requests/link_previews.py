"""Suppress link previews in all of the bot's messages, since a prompt may contain any link.

This works below everything that writes to Discord, because discord.py cannot set the flag in an edit.
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
    """From now on, suppress previews in everything this client sends with its own token, and in everything this task
    and its child tasks send with interaction tokens.
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
        return await request(route, form=_in_parts(form), **rest)

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
        return await super().request(*where, payload=without_previews(payload), multipart=_in_parts(multipart), **rest)


def without_previews(body: Any) -> Any:  # noqa: ANN401 - any JSON
    """A request's body with the flag that suppresses embeds, if it is a message with text. The flag would also hide
    embeds that the bot sends itself, so a message with embeds stays unchanged.
    """
    if not isinstance(body, Mapping):
        return body
    if isinstance(body.get("data"), Mapping):  # an answer to an interaction
        return {**body, "data": without_previews(body["data"])}
    if not body.get("content") or body.get("embeds"):
        return body
    return {**body, "flags": (body.get("flags") or 0) | _SUPPRESS_EMBEDS}


def _in_parts(parts: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """The same for the parts of a body with files."""
    if parts is None:
        return None
    return [
        {**part, "value": json.dumps(without_previews(json.loads(part["value"])))} if part["name"] == _PAYLOAD else part
        for part in parts
    ]
