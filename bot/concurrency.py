"""Waiting for the first of several events or tasks, and what comes out of groups of them."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Any


@contextlib.contextmanager
def alone(kind: type[Exception]) -> Iterator[None]:
    """Let an exception of this kind leave the group in which a task group raises it: somebody waits for it by name."""
    try:
        yield
    except ExceptionGroup as group:
        found: BaseException | None = group.subgroup(kind)
        if found is None:
            raise
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        raise found from None


async def race(
    *runners: asyncio.Task[Any], beside: Sequence[asyncio.Task[Any]] = (), seconds: float | None = None
) -> frozenset[asyncio.Task[Any]]:
    """Wait until one of the `runners` has ended, for at most `seconds`; returns those that have ended.

    The others, and the tasks `beside`, are cancelled. They have ended when this returns or is itself cancelled.
    """
    try:
        ended, _ = await asyncio.wait(runners, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return frozenset(ended)
    finally:
        for task in (*runners, *beside):
            task.cancel()
        await asyncio.gather(*runners, *beside, return_exceptions=True)


async def first_set(*events: asyncio.Event, seconds: float) -> bool:
    """Wait until one of these events is set, for at most `seconds`; returns whether one was set."""
    if not any(event.is_set() for event in events):
        await race(*(asyncio.create_task(event.wait()) for event in events), seconds=seconds)
    return any(event.is_set() for event in events)


def set_to(event: asyncio.Event, *, now: bool) -> None:
    """Set or clear an event."""
    if now:
        event.set()
    else:
        event.clear()
