"""The websocket of one client_id: kept open, always drained, its events handed to whoever follows their prompt.

The stream only decorates: a silent, deaf or broken socket costs smoothness, never a picture (see `following`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

import aiohttp

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.protocol.events import Event, Executing, ExecutionStart, Preview, Tick, parse_frame

Listener = Callable[[Event], None]

_HELLO: Final = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
_LARGEST_FRAME: Final = 64 * 2**20
"""aiohttp hangs up on frames over 4 MiB by default; a 4096 x 4096 PNG is 14 MB."""
_LARGEST_TEXT: Final = 2**20
"""Characters of an event. It is read on the event loop, and what it tells stands in the history as well."""
_PING_SECONDS: Final = 20.0
_CONNECT_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 1.0
"""A server that says nothing any more does not say goodbye either, and who is told to end has not much time."""
_RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)

log = logging.getLogger(__name__)


class Stream:
    """`async with Stream(server, client_id) as stream` (or `open` and `close`) keeps a socket and reconnects it.

    Reconnecting reuses the client_id, since a running prompt's events go to the id that submitted it; the old
    socket is closed fully first, or the server would let the new one go deaf. One that is never opened hears nothing:
    whoever follows a prompt with it learns everything by asking. `broke` is called when a connection ended that
    nobody here has closed.
    """

    def __init__(self, server: ComfyUI, client_id: str, broke: Callable[[], None] = lambda: None) -> None:
        self.client_id = client_id
        self.connected = asyncio.Event()
        self.tried = asyncio.Event()
        """Set once the first try to connect has ended, well or not."""
        self.breaks = 0
        """How often a connection ended: whoever sees it unchanged has missed nothing."""
        self._broke = broke
        self._server = server
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
        """Begin to connect; `connected` says when the socket is there."""
        self._task = asyncio.create_task(self._keep_open(), name=f"stream {self.client_id}")

    async def close(self) -> None:
        """Close the socket, handshake included."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @contextlib.contextmanager
    def listening(self, prompt_id: str, listener: Listener) -> Iterator[None]:
        """Hand the prompt's events to `listener`, in order, from the reading task: it must return at once."""
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
                    socket = await self._server.session.ws_connect(
                        f"{self._server.url}/ws",
                        params={"clientId": self.client_id},
                        headers=self._server.headers,
                        heartbeat=_PING_SECONDS,
                        timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                        max_msg_size=_LARGEST_FRAME,
                    )
                async with socket:
                    await socket.send_str(_HELLO)
                    failures = 0
                    connected = True
                    self.connected.set()
                    self.tried.set()
                    await self._drain(socket)
            except (aiohttp.ClientError, TimeoutError, OSError) as fault:
                log.debug("websocket of %s: %s", self._server.url, fault)
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
                        "websocket of %s: ignored a text message of %d characters", self._server.url, len(message.data)
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
                # Without an id (after a reconnect, or an old server's preview) it belongs to what runs here now.
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
