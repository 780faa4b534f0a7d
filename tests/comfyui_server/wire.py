"""A client made of nothing but aiohttp: it says what it is asked to, and remembers every frame it hears."""

import asyncio
import io
import json
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

DEADLINE: Final = 30.0
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
PREVIEW: Final = 1
PREVIEW_WITH_METADATA: Final = 4


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame: `kind` is the event's type, or `preview 1` and `preview 4` for images."""

    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


class Listener:
    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.websocket: Final = websocket
        self.heard: Final[list[Heard]] = []
        self._changed: Final = asyncio.Condition()
        self._reader: Final = asyncio.create_task(self._read())

    def kinds(self, prompt_id: str | None = None) -> list[str]:
        """What came, in order; with a prompt_id only what names it."""
        return [heard.kind for heard in self.heard if prompt_id in {None, heard.body.get("prompt_id")}]

    def events(self, kind: str, prompt_id: str | None = None) -> list[Mapping[str, Any]]:
        return [
            heard.body
            for heard in self.heard
            if heard.kind == kind and prompt_id in {None, heard.body.get("prompt_id")}
        ]

    async def until(self, condition: Callable[[], object], deadline: float = DEADLINE) -> None:
        """Wait until what was heard fulfils the condition, or the socket is closed."""
        async with asyncio.timeout(deadline), self._changed:
            await self._changed.wait_for(lambda: condition() or self._reader.done())
        assert condition(), f"closed after {self.kinds()}"

    async def until_over(self, prompt_id: str) -> None:
        await self.until(lambda: is_over(self, prompt_id))

    async def until_running(self, prompt_id: str) -> None:
        """Until the job's sampler has done a step."""
        await self.until(lambda: self.events("progress", prompt_id))

    async def until_closed(self) -> int | None:
        async with asyncio.timeout(DEADLINE):
            await self._reader
        return self.websocket.close_code

    async def close(self) -> None:
        await self.websocket.close()
        await self._reader

    async def _read(self) -> None:
        async for message in self.websocket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.heard.append(_binary(message.data))
            elif message.type is aiohttp.WSMsgType.TEXT:
                event = json.loads(message.data)
                self.heard.append(Heard(event["type"], event["data"]))
            async with self._changed:
                self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()


class Wire:
    """One server, seen from one HTTP session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session: Final = session

    @asynccontextmanager
    async def listen(self, client_id: str, *, metadata: bool = True) -> AsyncIterator[Listener]:
        """A socket whose first word, unless `metadata` is off, is that it understands type 4 previews."""
        listener = await self.connect(client_id, metadata=metadata)
        try:
            yield listener
        finally:
            await listener.close()

    async def connect(self, client_id: str, *, metadata: bool = True) -> Listener:
        websocket = await self.session.ws_connect("/ws", params={"clientId": client_id}, max_msg_size=0)
        if metadata:
            flags = {"supports_preview_metadata": True}
            await websocket.send_json({"type": "feature_flags", "data": flags})
        listener = Listener(websocket)
        await listener.until(lambda: listener.events("status"))
        return listener

    async def get(self, path: str, **params: str) -> Answer:
        return await self.get_with(path, {}, params)

    async def get_with(self, path: str, headers: Mapping[str, str], params: Mapping[str, str]) -> Answer:
        async with self.session.get(path, params=params, headers=headers) as response:
            return await _answer(response)

    async def post(self, path: str, body: object) -> Answer:
        async with self.session.post(path, json=body) as response:
            return await _answer(response)

    async def upload(self, name: str, content: bytes, **fields: str) -> Answer:
        form = aiohttp.FormData()
        form.add_field("image", io.BytesIO(content), filename=name, content_type="application/octet-stream")
        for key, value in fields.items():
            form.add_field(key, value)
        async with self.session.post("/upload/image", data=form) as response:
            return await _answer(response)

    async def submit(self, graph: Mapping[str, Any], client_id: str | None = None, **more: object) -> str:
        """The prompt_id of a graph that was accepted as a whole."""
        body = {"prompt": graph, **more}
        if client_id is not None:
            body["client_id"] = client_id
        answer = await self.post("/prompt", body)
        assert answer.status == 200, answer
        assert answer.body["node_errors"] == {}
        prompt_id: str = answer.body["prompt_id"]
        return prompt_id

    async def history(self, prompt_id: str) -> dict[str, Any]:
        """The job's entry, or an empty one before it is over and when nobody knows it."""
        entry: dict[str, Any] = (await self.get(f"/history/{prompt_id}")).body.get(prompt_id, {})
        return entry

    async def is_new(self) -> bool:
        """Whether the server has the jobs API, and the other ways of 0.33.0."""
        return str((await self.get("/system_stats")).body["system"]["comfyui_version"]) == "0.33.0"

    async def interrupt(self, prompt_id: str) -> None:
        assert (await self.post("/interrupt", {"prompt_id": prompt_id})).status == 200

    async def finished(self, prompt_id: str) -> dict[str, Any]:
        """Asks until the history knows the job."""
        async with asyncio.timeout(DEADLINE):
            while not (entry := await self.history(prompt_id)):  # noqa: ASYNC110 -- it is another process
                await asyncio.sleep(0.01)
        return entry


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[Wire]:
    async with aiohttp.ClientSession(url) as session:
        yield Wire(session)


async def until(condition: Callable[[], object]) -> None:
    """For what nobody announces."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 -- as it says
            await asyncio.sleep(0.005)


def is_over(listener: Listener, prompt_id: str) -> bool:
    return any(body["node"] is None for body in listener.events("executing", prompt_id))


def files(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every image that a history entry names."""
    return [image for output in entry["outputs"].values() for image in output.get("images", [])]


def _binary(frame: bytes) -> Heard:
    (kind,) = struct.unpack_from(">I", frame)
    if kind == PREVIEW_WITH_METADATA:
        (length,) = struct.unpack_from(">I", frame, 4)
        return Heard("preview 4", json.loads(frame[8 : 8 + length]), frame[8 + length :])
    assert kind == PREVIEW
    (image_format,) = struct.unpack_from(">I", frame, 4)
    return Heard("preview 1", {"image_format": image_format}, frame[8:])


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    is_json = response.content_type == "application/json"
    body = await response.json() if is_json else await response.read()
    return Answer(response.status, body, response.headers)
