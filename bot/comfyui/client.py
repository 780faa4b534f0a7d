"""One ComfyUI server over HTTP. Every call has a deadline; every failure is a leaf of the error tree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import aiohttp

from bot.addresses import ServerAddress
from bot.comfyui.answers import Finished, read_finished, read_prompt_ids, read_rejection
from bot.comfyui.transport import Room, Transport, reason_of
from bot.errors import Lost, NodeFault, Oversized, Rejected, Unreachable
from bot.workflows import Graph, ObjectInfo, OutputFile

ANSWER_SECONDS: Final = 15.0
"""Right after a job ComfyUI can stall for a moment (its garbage collection); loading a model can hold it longer."""

TRANSFER_SECONDS: Final = 120.0
"""For a file up or down."""

_HTTP_OK, _HTTP_BAD_REQUEST, _HTTP_NOT_FOUND = 200, 400, 404


class Place(Enum):
    """Where a server has a prompt."""

    PENDING = "pending"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the server said to an accepted graph.

    `node_faults` names output nodes that it will skip silently, because only a part of the graph is valid.
    """

    prompt_id: str
    node_faults: tuple[NodeFault, ...]


class ComfyUI:
    """The HTTP side of one server. A user name and a password in `url` go with each request, and are nowhere in `url`
    and `name` afterwards. The session (`open_session`) is shared and closed by its owner. `name` tells the server from
    all that other machines may know.
    """

    def __init__(
        self, url: str, session: aiohttp.ClientSession, name: str | None = None, room: Room | None = None
    ) -> None:
        address = url if isinstance(url, ServerAddress) else ServerAddress.parse(url)
        self.url = str(address)
        self.headers = address.headers
        self.name = name or self.url
        self.session = session
        self._transport = Transport(self.url, session, room or Room(), address.headers)
        self._info: ObjectInfo | None = None

    async def submit(self, graph: Graph, *, prompt_id: str, client_id: str) -> Submitted:
        """POST /prompt. NOT idempotent: the server runs a repeated prompt_id twice. Ask `locate` before a retry.

        Raises `Rejected` with the server's complaints, or `Unreachable` (the graph may or may not have arrived).
        """
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id}
        status, text = await self._request("POST", "/prompt", json_body=body)
        if status == _HTTP_OK:
            answer = _parse(self.url, text)
            if (given := answer.get("prompt_id")) != prompt_id:
                # Its own id would be lost with us: take the prompt back rather than let it run for nobody.
                await self.cancel(str(given))
                raise Rejected("too_old", "the server does not take a prompt_id")
            return Submitted(prompt_id, read_rejection(answer, graph).node_faults)
        if status == _HTTP_BAD_REQUEST:
            raise read_rejection(_parse(self.url, text), graph)
        raise Rejected(f"http_{status}", text[:500])

    async def locate(self, prompt_id: str) -> Place | Finished:
        """Where the prompt is now. Queue, history, queue again: between the two a prompt is in neither.

        Only `Place.UNKNOWN` means that the server does not have it. Raises `Unreachable`.
        """
        if (place := await self._queued(prompt_id)) is not Place.UNKNOWN:
            return place
        if (finished := await self.history(prompt_id)) is not None:
            return finished
        if (place := await self._queued(prompt_id)) is not Place.UNKNOWN:
            return place
        return await self.history(prompt_id) or Place.UNKNOWN

    async def history(self, prompt_id: str) -> Finished | None:
        """How the prompt ended; None while it has not, and when the server does not know it."""
        answer = await self._get(f"/history/{prompt_id}")
        entry = answer.get(prompt_id)
        try:
            return read_finished(entry) if isinstance(entry, dict) else None
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            raise Unreachable(self.url, "/history does not answer as ComfyUI's does") from fault

    async def cancel(self, prompt_id: str) -> None:
        """Stop exactly this prompt, wherever it is; does nothing when it is over. Never touches another.

        Takes effect at the running node's next step. Raises `Unreachable`.
        """
        status, _ = await self._request("POST", f"/api/jobs/{prompt_id}/cancel", json_body={})
        if status == _HTTP_OK:
            return
        await self.delete(prompt_id)
        # Servers before 0.3.64 ignore the id and stop whatever runs: ask only while it is ours that runs.
        if await self._queued(prompt_id) is Place.RUNNING:
            await self._request("POST", "/interrupt", json_body={"prompt_id": prompt_id})

    async def delete(self, prompt_id: str) -> None:
        """Take a prompt out of the server's queue. One that has begun goes on. Raises `Unreachable`."""
        await self._request("POST", "/queue", json_body={"delete": [prompt_id]})

    async def fetch(self, file: OutputFile, most: int | None = None) -> bytes:
        """The bytes of one file, exactly as the server has them.

        Raises `Lost` where it is gone, `Oversized` where it has more than `most` bytes, or `Unreachable`.
        """
        query = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        try:
            async with self._transport.answered(
                "GET", "/view", TRANSFER_SECONDS, transfer=True, params=query
            ) as response:
                if response.status == _HTTP_NOT_FOUND:
                    raise Lost(file.filename)
                if response.status != _HTTP_OK:
                    raise Unreachable(self.url, f"/view of {file.filename} answered {response.status}")
                if most is not None and (size := response.content_length or 0) > most:
                    raise Oversized(file.filename, size)
                return await response.read()
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unreachable(self.url, reason_of(fault)) from fault

    async def upload(self, image: bytes, filename: str) -> str:
        """Store a picture among the server's inputs. Returns the name to bind: the server may choose another.

        `filename` must be ASCII. Raises `Unreachable`.
        """

        def form() -> aiohttp.FormData:
            form = aiohttp.FormData()
            form.add_field("image", image, filename=filename, content_type="application/octet-stream")
            form.add_field("type", "input")
            return form

        status, text = await self._request("POST", "/upload/image", form=form, seconds=TRANSFER_SECONDS)
        if status != _HTTP_OK:
            raise Unreachable(self.url, f"/upload/image answered {status}")
        answer = _parse(self.url, text)
        subfolder = str(answer.get("subfolder") or "")
        return f"{subfolder}/{answer['name']}" if subfolder else str(answer["name"])

    async def object_info(self) -> ObjectInfo:
        """What node classes and models the server has. Asked once; `forget` makes the next call ask again."""
        if self._info is None:
            _, text = await self._request("GET", "/object_info")
            # 700 KB and more: parsed beside the event loop.
            self._info = ObjectInfo(await asyncio.to_thread(_parse, self.url, text))
        return self._info

    def forget(self) -> None:
        """The server may have restarted: what it has must be asked again."""
        self._info = None

    async def alive(self) -> None:
        """Return when the server answers as a ComfyUI does, else raise `Unreachable`."""
        await self._queue()

    async def load(self) -> int:
        """How many prompts the server has, whoever's. Raises `Unreachable`."""
        return sum(map(len, await self._queue()))

    async def ask(self, path: str) -> Mapping[str, Any] | None:
        """What a route says that not every server has; None where it has not. Raises `Unreachable`."""
        status, text = await self._request("GET", path)
        return _parse(self.url, text) if status == _HTTP_OK else None

    async def _queued(self, prompt_id: str) -> Place:
        running, pending = await self._queue()
        if prompt_id in running:
            return Place.RUNNING
        return Place.PENDING if prompt_id in pending else Place.UNKNOWN

    async def _queue(self) -> tuple[frozenset[str], frozenset[str]]:
        answer = await self._get("/queue")
        try:
            return read_prompt_ids(answer["queue_running"]), read_prompt_ids(answer["queue_pending"])
        except (KeyError, TypeError, IndexError) as fault:
            raise Unreachable(self.url, "/queue does not answer as ComfyUI's does") from fault

    async def _get(self, path: str) -> Mapping[str, Any]:
        status, text = await self._request("GET", path)
        if status != _HTTP_OK:
            raise Unreachable(self.url, f"{path.split('/')[1]} answered {status}")
        return _parse(self.url, text)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        json_body: object = None,
        form: Callable[[], aiohttp.FormData] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> tuple[int, str]:
        """One request -> status and body. Server errors (5xx by a proxy in front) count as unreachable, but for
        ComfyUI's own plain-text 500, with which it refuses what it cannot even read as a graph.
        """
        headers = {"Content-Type": "application/json"} if json_body is not None else None

        def body() -> object:
            if form is not None:
                return form()
            return json.dumps(json_body) if json_body is not None else None

        try:
            async with self._transport.answered(
                method, path, seconds, transfer=form is not None, body=body, headers=headers
            ) as response:
                text = await response.text()
        except aiohttp.ClientConnectorError as fault:
            raise Unreachable(self.url, reason_of(fault), unsent=True) from fault
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as fault:
            raise Unreachable(self.url, reason_of(fault)) from fault
        if response.status in {502, 503, 504}:
            raise Unreachable(self.url, f"{path.split('/')[1]} answered {response.status}")
        return response.status, text


def _parse(url: str, text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError as fault:
        raise Unreachable(url, "the answer is not JSON") from fault
    if not isinstance(answer, dict):
        raise Unreachable(url, "the answer is not an object")
    return answer
