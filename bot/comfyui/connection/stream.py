"""The websocket of one client_id. It reconnects, reads all the time, and passes each event to its prompt's listener.

Events only decorate: with a silent or broken socket the display is less smooth, but no image is lost (see
`prompt_follower`).
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

import aiohttp

from bot.comfyui.http.requests import Requests
from bot.comfyui.http.transport import reason_of
from bot.comfyui.protocol.events import Event, Executing, ExecutionStart, Preview, Tick, parse_frame
from bot.comfyui.server import Listener

_HELLO: Final = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
_LARGEST_FRAME: Final = 64 * 2**20
"""Bytes. aiohttp closes the connection at frames over 4 MiB by default; a 4096 x 4096 PNG has 14 MB."""
_LARGEST_TEXT: Final = 2**20
"""Characters of one event. It is parsed on the event loop, and the history holds the same information."""
_PING_SECONDS: Final = 20.0
_CONNECT_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 1.0
"""A dead server does not answer the closing handshake, and the program has little time when it has to stop."""
_RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)

log = logging.getLogger(__name__)


class Stream:
    """`async with server.events(client_id) as stream` (or `open` and `close`) keeps a socket open and reconnects it.

    It reconnects with the same client_id, because a running prompt's events go to the id that submitted it. The old
    socket is closed completely first; otherwise the server would send the new one nothing. A stream that is never
    opened gets no events, and its prompts are followed by polling alone. `broke` is called when a connection ends that
    was not closed here, `refused` with the status of an answer in place of a socket.
    """

    def __init__(
        self, requests: Requests, client_id: str, broke: Callable[[], None], refused: Callable[[int], None]
    ) -> None:
        self.client_id = client_id
        self.connected = asyncio.Event()
        self.tried = asyncio.Event()
        """Set once the first attempt to connect has ended, successfully or not."""
        self.breaks = 0
        """How many connections have ended. While this stays the same, no event was missed."""
        self._broke = broke
        self._refused = refused
        self._requests = requests
        self._listeners: dict[str, Listener] = {}
        self._executing: str | None = None
        self._node_id: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def open(self) -> None:
        """Start to connect; `connected` is set when the socket is open."""
        self._task = asyncio.create_task(self._keep_open(), name=f"stream {self.client_id}")

    async def close(self) -> None:
        """Close the socket, including the closing handshake."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @contextlib.contextmanager
    def listening(self, prompt_id: str, listener: Listener) -> Iterator[None]:
        """Pass the prompt's events to `listener`, in order. It runs in the reading task and must return at once."""
        self._listeners[prompt_id] = listener
        try:
            yield
        finally:
            del self._listeners[prompt_id]

    async def _keep_open(self) -> None:
        failures = 0
        while True:
            connected = False
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    socket = await self._requests.transport.socket(
                        "/ws",
                        {"clientId": self.client_id},
                        heartbeat=_PING_SECONDS,
                        close_seconds=_CLOSE_SECONDS,
                        most=_LARGEST_FRAME,
                    )
                async with socket:
                    await socket.send_str(_HELLO)
                    failures = 0
                    connected = True
                    self.connected.set()
                    self.tried.set()
                    await self._drain(socket)
            except (aiohttp.ClientError, TimeoutError, OSError) as fault:
                log.debug("websocket of %s: %s", self._requests.url, reason_of(fault))
                if isinstance(fault, aiohttp.WSServerHandshakeError):
                    self._refused(fault.status)
            finally:
                self.breaks += 1
                self.connected.clear()
                self._executing = self._node_id = None
                self.tried.set()
            if connected:
                self._broke()
            await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
            failures += 1

    async def _drain(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                if message.type is aiohttp.WSMsgType.TEXT and len(message.data) > _LARGEST_TEXT:
                    log.debug(
                        "websocket of %s: ignored a text of %d characters",
                        self._requests.url,
                        len(message.data),
                    )
                    continue
                event = parse_frame(message.data)
                if event is not None:
                    self._hand_out(event)

    def _hand_out(self, event: Event) -> None:
        match event:
            case ExecutionStart(prompt_id=prompt_id):
                self._executing, self._node_id = prompt_id, None
            case Executing(prompt_id=str() as prompt_id, node_id=node_id):
                self._executing, self._node_id = (prompt_id if node_id is not None else None), node_id
            case Executing(node_id=node_id):
                # No prompt_id (after a reconnect, or an old server's preview): it belongs to the prompt running here.
                self._node_id = node_id
                event = replace(event, prompt_id=self._executing or self._only_one())
            case Tick(prompt_id=None):
                event = replace(event, prompt_id=self._executing or self._only_one())
            case Preview(prompt_id=None):
                event = replace(event, prompt_id=self._executing or self._only_one(), node_id=self._node_id)
        listener = self._listeners.get(getattr(event, "prompt_id", None) or "")
        if listener is not None:
            listener(event)

    def _only_one(self) -> str | None:
        return next(iter(self._listeners)) if len(self._listeners) == 1 else None
