"""Check every response of Discord before discord.py reads it: discord.py believes whatever has the right status."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Final

import aiohttp

from bot.errors import DarkroomError
from bot.messages.requests.answers import check_answer, retry_after_of
from bot.messages.requests.stalled_requests import is_watched

_API: Final = "/api/v"
_TOO_MANY_REQUESTS: Final = 429
_PATIENCE_SECONDS: Final = 5.0
"""discord.py waits out a rate limit itself. A longer one ends the request, whose sender tries again in time."""


class Limited(DarkroomError):  # noqa: N818
    """Discord asks to wait. The request is not being sent any more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Discord says to wait for {seconds:g} s")
        self.seconds = seconds


def check_responses(
    trace: aiohttp.TraceConfig, holds_message: Callable[[str], bool], accepted: Callable[[int], None]
) -> None:
    """From now on, requests with this trace raise `NonsenseAnswer`, or `Limited` if their sender tries again.

    `holds_message` says whether a method's response must contain a message. `accepted` gets the status of each
    response that is Discord's.
    """

    async def begins(_: object, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        context.status = end.response.status

    async def ends(_: object, context: SimpleNamespace, got: aiohttp.TraceResponseChunkReceivedParams) -> None:
        status: int | None = getattr(context, "status", None)
        if status is None or _API not in got.url.path:
            return
        check_answer(status, got.chunk, message=holds_message(got.method))
        if status == _TOO_MANY_REQUESTS and is_watched():
            seconds = retry_after_of(json.loads(got.chunk)) or 0.0
            if seconds > _PATIENCE_SECONDS:
                raise Limited(seconds)
        accepted(status)

    trace.on_request_end.append(begins)
    trace.on_response_chunk_received.append(ends)
