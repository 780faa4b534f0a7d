"""Try to deliver a result until its owner has it: at short intervals first, then at long ones, for a day."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.errors import SpoolFailed
from bot.messages.rendering.rendered import Rendered
from bot.messages.requests.refusals import NotNow, Undeliverable

log = logging.getLogger(__name__)

LONGEST_LIMIT_SECONDS: Final = 600.0
"""Discord may demand hours. After this long, one request tests whether that still holds."""
_RETRY_SECONDS: Final = (1.0, 2.0, 5.0, *[10.0] * 6, 30.0, 60.0, 120.0, 300.0)
"""Short at first, so that an outage of a minute costs members only seconds more, and long later."""
_SILENT_FACTORS: Final = (1, 1, 1, 2, 2, 4, 8)
"""How much more silence each attempt allows than the first: no image may be lost because Discord stays slow."""
_PATIENCE_SECONDS: Final = 24 * 3600.0
"""How long the final state is retried: Discord may be down for hours."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to show how a job ended. `asked_at`: when the first one began, by the event loop's clock.
    `confirmed` returns once it is certain that no other process has taken over the job.
    """

    rendered: Rendered
    asked_at: float
    confirmed: Callable[[], Awaitable[None]]
    silent_seconds: float


async def until_delivered(
    job_id: str,
    deliver: Callable[[Attempt], Awaitable[int | None]],
    first: Attempt,
    paced: Callable[[], bool],
) -> int | None:
    """Return what `deliver` returns, as soon as it does. Raises `Undeliverable` or `SpoolFailed`. Whatever else an
    attempt ends in, a fault of our own included, is no end for the job: it is tried again.

    `paced`: whether the next attempt waits for its turn anyway, which comes when Discord allows it.
    """
    clock = asyncio.get_running_loop().time
    for number in itertools.count():
        pause = _RETRY_SECONDS[min(number, len(_RETRY_SECONDS) - 1)]
        factor = _SILENT_FACTORS[min(number, len(_SILENT_FACTORS) - 1)]
        try:
            return await deliver(
                Attempt(first.rendered, first.asked_at, first.confirmed, first.silent_seconds * factor)
            )
        except (Undeliverable, SpoolFailed):
            raise
        except NotNow as fault:
            log.warning("job %s: its result is not delivered yet, retrying: %s", job_id, fault)
            reason = str(fault)
            if fault.limited is not None:
                pause = 0.0 if paced() else min(fault.limited, LONGEST_LIMIT_SECONDS)
        except Exception as fault:
            log.exception("job %s: its result is not delivered yet, retrying", job_id)
            reason = f"{type(fault).__name__}: {fault}"
        if clock() > first.asked_at + _PATIENCE_SECONDS:
            raise Undeliverable(reason)
        await asyncio.sleep(pause)
    raise AssertionError  # the loop ends only by returning or raising
