"""The websockets: who is registered under which clientId, and who gets what."""

import asyncio
import json
import struct
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import WSMsgType, web

from tests.comfyui_server.faults import Faults
from tests.comfyui_server.versions import Version

PREVIEW: Final = 1
PREVIEW_WITH_METADATA: Final = 4
IMAGE_FORMATS: Final[Mapping[str, int]] = {"JPEG": 1, "PNG": 2}

Frame = str | bytes


@dataclass(slots=True)
class _Connection:
    websocket: web.WebSocketResponse
    transport: asyncio.Transport
    sent: int = 0

    async def send(self, frame: Frame, faults: Faults) -> None:
        for _ in range(2 if faults.duplicate_events else 1):
            try:
                if isinstance(frame, str):
                    await self.websocket.send_str(frame)
                else:
                    await self.websocket.send_bytes(frame)
            except ConnectionError:
                return
            self.sent += 1
            if faults.drop_after is not None and self.sent >= faults.drop_after:
                self.transport.abort()
                return


class Sockets:
    def __init__(self, version: Version, faults: Faults, queue_info: Callable[[], dict[str, Any]]) -> None:
        self._version: Final = version
        self._faults: Final = faults
        self._queue_info: Final = queue_info
        self._connections: Final[dict[str, _Connection]] = {}
        self._flags: Final[dict[str, Mapping[str, Any]]] = {}
        self._outbox: Final[asyncio.Queue[tuple[Iterable[Frame], str | None]]] = asyncio.Queue()
        self.executing: tuple[str | None, str] | None = None
        """Whose node runs, and which: a socket that opens under that clientId hears it first."""

    def listening(self, client_id: str | None) -> bool:
        return bool(self._connections) if client_id is None else client_id in self._connections

    def wants_metadata(self, client_id: str | None) -> bool:
        flags = self._flags.get(client_id or "", {})
        return self._version.preview_metadata and flags.get("supports_preview_metadata") is True

    def post(self, event: str, body: Mapping[str, Any], client_id: str | None) -> None:
        """Queue an event for one client, or for everybody when `client_id` is None."""
        self.post_frames([json.dumps({"type": event, "data": body})], client_id)

    def post_status(self) -> None:
        self.post("status", {"status": self._queue_info()}, None)

    def post_picture(self, picture: bytes, image_format: str, client_id: str | None) -> None:
        header = struct.pack(">II", PREVIEW, IMAGE_FORMATS[image_format])
        self.post_frames([header + picture], client_id)

    def post_picture_with_metadata(self, picture: bytes, metadata: Mapping[str, Any], client_id: str | None) -> None:
        encoded = json.dumps(metadata).encode()
        header = struct.pack(">II", PREVIEW_WITH_METADATA, len(encoded))
        self.post_frames([header + encoded + picture], client_id)

    def post_frames(self, frames: Iterable[Frame], client_id: str | None) -> None:
        """Queue frames as they are; each is made when the one before it is sent."""
        self._outbox.put_nowait((frames, client_id))

    async def publish(self) -> None:
        """Sends what was posted, one frame after the other: a client that does not read holds up the rest."""
        while True:
            frames, client_id = await self._outbox.get()
            for frame in frames:
                await self._send(frame, client_id)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        if not isinstance(request.transport, asyncio.Transport):
            return websocket
        client_id = request.query.get("clientId") or uuid.uuid4().hex
        self._connections[client_id] = _Connection(websocket, request.transport)
        self._flags[client_id] = {}
        try:
            await self._greet(client_id)
            first = True
            async for message in websocket:
                if message.type is WSMsgType.TEXT:
                    await self._hear(message.data, client_id, first=first)
                    first = False
        finally:
            # Whichever socket closes takes the clientId's entry along, also when a newer one stands
            # there by now: that one hears nothing any more. The real server does so.
            self._connections.pop(client_id, None)
            self._flags.pop(client_id, None)
        return websocket

    async def _greet(self, client_id: str) -> None:
        body = {"status": self._queue_info(), "sid": client_id}
        await self._send(json.dumps({"type": "status", "data": body}), client_id)
        if self.executing is not None and self.executing[0] == client_id:
            # Without prompt_id, as the real server has it.
            body = {"node": self.executing[1]}
            await self._send(json.dumps({"type": "executing", "data": body}), client_id)

    async def _hear(self, text: str, client_id: str, *, first: bool) -> None:
        features = self._version.feature_flags
        if features is None or not first:
            return
        try:
            message = json.loads(text)
        except json.JSONDecodeError:
            return
        if isinstance(message, dict) and message.get("type") == "feature_flags":
            self._flags[client_id] = message.get("data", {})
            reply = {"type": "feature_flags", "data": dict(features)}
            await self._send(json.dumps(reply), client_id)

    async def _send(self, frame: Frame, client_id: str | None) -> None:
        if self._faults.silent:
            return
        if client_id is None:
            for connection in list(self._connections.values()):
                await connection.send(frame, self._faults)
        elif client_id in self._connections:
            await self._connections[client_id].send(frame, self._faults)
