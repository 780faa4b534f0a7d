"""The live events of jobs: one connection for each prompt that somebody listens to. They only decorate.

No event has an id and none is sent again, so a connection that ends is simply opened again while somebody listens.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import aiohttp

from bot.comfyui.api_v2.server_events import TERMINAL, EventReader, read_data, translated
from bot.comfyui.http.requests import HTTP_OK, Requests
from bot.comfyui.http.transport import reason_of
from bot.comfyui.protocol.blame import seconds_to_wait
from bot.comfyui.protocol.events import Executing
from bot.comfyui.server import Listener
from bot.concurrency import first_set

_SILENCE_SECONDS: Final = 60.0
"""A server sends a comment every 15 seconds or so."""
_RETRY_SECONDS: Final = (0.5, 1.0, 2.0, 5.0)
_LOOK_SECONDS: Final = 5.0
"""The id of a job may become known in another process."""
_NO_STREAM: Final = frozenset({404, 405, 501})
_HEADERS: Final = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}

log = logging.getLogger(__name__)


class EventStreams:
    """What the streams of one server share. `id_of` gives the server's id of a prompt, once that is known."""

    def __init__(self, requests: Requests, id_of: Callable[[str], Awaitable[str | None]]) -> None:
        self._requests = requests
        self._id_of = id_of
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """The id of a job became known."""
        self._bell.set()
        self._bell = asyncio.Event()

    async def follow(self, prompt_id: str, listener: Listener) -> None:
        """Pass a prompt's events to `listener` until the job is over or the server has no stream of it."""
        while True:
            bell = self._bell
            if (theirs := await self._id_of(prompt_id)) is not None:
                break
            await first_set(bell, seconds=_LOOK_SECONDS)
        failures = 0
        while (pause := await self._connection(theirs, prompt_id, listener)) is not None:
            await asyncio.sleep(max(pause, _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)]))
            failures += 1

    async def _connection(self, theirs: str, prompt_id: str, listener: Listener) -> float | None:
        """Follow one connection to its end. Returns how long to wait at least before the next; None: no other."""
        path = f"/api/v2/jobs/{quote(theirs, safe='')}/events"
        over = False
        try:
            async with self._requests.transport.endless(path, _SILENCE_SECONDS, _HEADERS) as response:
                if response.status != HTTP_OK:
                    wait = seconds_to_wait(response.headers.get("Retry-After")) or 0.0
                    return None if response.status in _NO_STREAM else wait
                reader = EventReader()
                async for piece in response.content.iter_any():
                    for name, data in reader.feed(piece):
                        told = read_data(data)
                        over |= name == "status" and told.get("status") in TERMINAL
                        for event in translated(prompt_id, name, told):
                            listener(event)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            log.debug("events of %s: %s", self._requests.url, reason_of(fault))
        # Whatever the last event said, the job itself tells whether it is over: look at once.
        listener(Executing(prompt_id, None))
        return None if over else 0.0


class JobEvents:
    """An `EventStream`. `connected` is never set: polling is as frequent as without events, which cost little."""

    def __init__(self, streams: EventStreams, client_id: str) -> None:
        self.client_id = client_id
        self.connected = asyncio.Event()
        self.tried = asyncio.Event()
        self.tried.set()
        self.breaks = 0
        self._streams = streams
        self._open = False
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """From now on, every listener gets events."""
        self._open = True

    async def close(self) -> None:
        """End every connection."""
        self._open = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @contextlib.contextmanager
    def listening(self, prompt_id: str, listener: Listener) -> Iterator[None]:
        """Pass the prompt's events to `listener`, from when the server has given it an id."""
        if not self._open:
            yield
            return
        task = asyncio.create_task(self._streams.follow(prompt_id, listener), name=f"events of {prompt_id}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        try:
            yield
        finally:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.warning("events of %s ended: %s", self.client_id, fault)
