"""Cancel a prompt and wait until it is gone; withdraw one that has not started."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from typing import Final

from bot.comfyui.protocol.answers import Finished, Place
from bot.comfyui.server import Server
from bot.errors import Refused, Unreachable, Untraceable

STOP_SECONDS: Final = 120.0
"""An interrupt takes effect at the next step or node. A node that reaches neither must not keep the member waiting."""
_POLL_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 1.0)
_MOST_UNANSWERED: Final = 3


def _ignore(prompt_id: str, finished: Finished) -> None:
    pass


async def stop(
    server: Server,
    prompt_id: str,
    seconds: float = STOP_SECONDS,
    ended: Callable[[str, Finished], None] = _ignore,
) -> Finished | None:
    """Cancel the prompt and wait until it is gone. Returns its result if it had already finished. `ended` is called
    with what the server says about its end, however it ended; or with the fault that kept it from saying so.

    Gives up on an unreachable server so that the member does not wait; a server that died has lost the prompt anyway.
    Nor is there anything to wait for if this kind of server cannot stop what runs.
    """
    unanswered = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for pause in itertools.chain(_POLL_SECONDS, itertools.repeat(_POLL_SECONDS[-1])):
                try:
                    await server.cancel(prompt_id)
                    place = await server.locate(prompt_id)
                except Untraceable as fault:
                    ended(prompt_id, Finished((), fault))
                    return None
                except (Refused, Unreachable) as fault:
                    place = Place.PENDING
                    unanswered += 1
                    if unanswered >= _MOST_UNANSWERED:
                        ended(prompt_id, Finished((), fault))
                        return None
                if isinstance(place, Finished):
                    ended(prompt_id, place)
                    return place if place.error is None else None
                if place is Place.UNKNOWN:
                    return None
                if place is Place.RUNNING and not server.abilities.stops_running:
                    break
                await asyncio.sleep(pause)
    ended(prompt_id, Finished((), Untraceable("it runs on for nobody")))
    return None


async def withdraw(server: Server, prompt_id: str) -> bool:
    """Remove a prompt from the server's queue. False if it has started, is over, or the server does not answer."""
    try:
        await server.delete(prompt_id)
        return await server.locate(prompt_id) is Place.UNKNOWN
    except (Refused, Unreachable, Untraceable):
        return False
