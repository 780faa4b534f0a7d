"""Give up a request to Discord that makes no progress, however long it has taken, and leave alone one that does.

A line that is half open accepts a request and never answers it. A slow line takes minutes for a large image. Only
progress tells the two apart: bytes that leave this machine, and answers that arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any, Final

import aiohttp

from bot.operating_system.unsent_bytes import unsent

SILENT_SECONDS: Final = 15.0
"""Seconds without any progress after which a request counts as failed. Discord usually answers within one."""
_UNSEEN_FACTOR: Final = 4.0
"""How much longer that is for an upload where the system does not say what it still has to send."""
_LOOKS: Final = 5
"""How often progress is looked for in that time."""
_UNWATCHED: Final = aiohttp.ClientTimeout(total=120.0, sock_read=30.0)
_WATCHED: Final = aiohttp.ClientTimeout(total=None, sock_connect=SILENT_SECONDS)

_watched: ContextVar[Progress | None] = ContextVar("watched", default=None)


class Progress:
    """What the requests of one block have achieved so far."""

    def __init__(self, seconds: float, deadline: asyncio.Timeout) -> None:
        self._seconds = seconds
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self._answers = self._written = 0
        self._seen: tuple[int, ...] = ()
        self._seen_at = self._loop.time()
        self._timer = self._loop.call_later(seconds / _LOOKS, self._look)

    def connected(self, transport: asyncio.WriteTransport | None) -> None:
        """The request is about to be sent over this connection."""
        self._transport, self._written = transport, 0
        self._answers += 1

    def heard(self) -> None:
        """Something arrived from Discord."""
        self._answers += 1

    def wrote(self, size: int) -> None:
        """A piece of the body was handed to the connection."""
        self._written += size

    def close(self) -> None:
        """Look no more."""
        self._timer.cancel()
        self._transport = None

    def _look(self) -> None:
        now, held, seen_by_us = self._loop.time(), 0, True
        if self._transport is not None:
            held = self._transport.get_write_buffer_size()
            peer = self._transport.get_extra_info("socket")
            waiting = None if peer is None else unsent(peer)
            held, seen_by_us = held + (waiting or 0), waiting is not None
        state = self._answers, self._written, held
        if state != self._seen:
            self._seen, self._seen_at = state, now
        patience = self._seconds * (1.0 if seen_by_us or not self._written else _UNSEEN_FACTOR)
        if now - self._seen_at >= patience and not self._deadline.expired():
            self._deadline.reschedule(now)
        else:
            self._timer = self._loop.call_later(self._seconds / _LOOKS, self._look)


@contextlib.asynccontextmanager
async def giving_up_when_stalled(seconds: float) -> AsyncIterator[None]:
    """Raise `TimeoutError` as soon as the requests of this block have made no progress for so many seconds."""
    async with asyncio.timeout(None) as deadline:
        progress = Progress(seconds, deadline)
        before = _watched.set(progress)
        try:
            yield
        finally:
            _watched.reset(before)
            progress.close()


def time_limits() -> aiohttp.ClientTimeout:
    """The limits of aiohttp for the next request of this task: none for one whose progress is watched."""
    return _UNWATCHED if _watched.get() is None else _WATCHED


def is_watched() -> bool:
    """Whether this task's requests are given up when they stall. Their sender tries again."""
    return _watched.get() is not None


class WatchedConnector(aiohttp.TCPConnector):
    """Connections whose progress can be seen."""

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ANN401, ASYNC109 - as aiohttp has it
        """Get a connection, new or used before."""
        connection = await super().connect(req, traces, timeout)
        if (progress := _watched.get()) is not None:
            progress.connected(connection.transport)
        return connection


def report_progress(trace: aiohttp.TraceConfig) -> None:
    """From now on, the requests with this trace report what they achieve."""

    async def heard(*_: object) -> None:
        if (progress := _watched.get()) is not None:
            progress.heard()

    async def wrote(_: object, __: object, sent: aiohttp.TraceRequestChunkSentParams) -> None:
        if (progress := _watched.get()) is not None:
            progress.wrote(len(sent.chunk))

    trace.on_request_chunk_sent.append(wrote)
    trace.on_request_end.append(heard)
    trace.on_response_chunk_received.append(heard)
    trace.on_request_exception.append(heard)
