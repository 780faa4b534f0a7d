"""Cancel a prompt and see it gone; take one back that has not begun."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Final

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.protocol.answers import Finished, Place
from bot.errors import Refused, Unreachable

STOP_SECONDS: Final = 120.0
"""An interrupt acts at the next step or node. A node that gets to neither must not keep its member waiting as well."""
_POLL_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 1.0)
_UNANSWERED: Final = 3


async def stop(server: ComfyUI, prompt_id: str, seconds: float = STOP_SECONDS) -> Finished | None:
    """Cancel the prompt and see it gone. A picture that was done before that is handed back.

    Out of reach: the member is not kept waiting; a server that died has forgotten the prompt anyway.
    """
    unanswered = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for pause in itertools.chain(_POLL_SECONDS, itertools.repeat(_POLL_SECONDS[-1])):
                try:
                    await server.cancel(prompt_id)
                    place = await server.locate(prompt_id)
                except (Refused, Unreachable):
                    place = Place.RUNNING
                    unanswered += 1
                    if unanswered >= _UNANSWERED:
                        return None
                if isinstance(place, Finished):
                    return place if place.error is None else None
                if place is Place.UNKNOWN:
                    return None
                await asyncio.sleep(pause)
    return None


async def withdraw(server: ComfyUI, prompt_id: str) -> bool:
    """Take a prompt out of the server's queue. False where it has begun, is over, or the server says nothing."""
    try:
        await server.delete(prompt_id)
        return await server.locate(prompt_id) is Place.UNKNOWN
    except (Refused, Unreachable):
        return False
