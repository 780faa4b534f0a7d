"""ComfyUI's own API, as a kind of server."""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, BinaryIO, Final
from urllib.parse import quote

import aiohttp

from bot.addresses import ServerAddress
from bot.comfyui.connection.diagnosis import explained
from bot.comfyui.connection.object_infos import ObjectInfos, renamed
from bot.comfyui.connection.stream import Stream
from bot.comfyui.connection.survey import survey
from bot.comfyui.http.requests import HTTP_OK, TRANSFER_SECONDS, Requests
from bot.comfyui.http.transport import Room
from bot.comfyui.protocol.answers import Finished, Place, Submitted, read_finished, read_rejection
from bot.comfyui.protocol.blame import HEALTH
from bot.comfyui.protocol.prompt_queue import PromptQueue, read_queue
from bot.comfyui.server import LARGEST_FILE, PARTNER_KEY, Abilities, Survey
from bot.errors import Busy, LockedOut, Refused, Rejected, Unreachable
from bot.workflows import Graph, ObjectInfo, OutputFile

_LONGEST_NAME: Final = 255
"""Characters. No file system allows longer names."""
_HTTP_BAD_REQUEST: Final = 400
_FAILING: Final = 500
"""From this status on, the server may be starting."""
_PADDING: Final = 1_100_000
"""Bytes. More than nginx lets through by default."""

log = logging.getLogger(__name__)


class ComfyUI:
    """A `Server` that is a ComfyUI. Its login is sent with each request, and is not in `url` and `name`.
    The `session` (`open_session`) is shared; its owner closes it. `name` identifies the server to the other machines;
    `infos` is shared by all servers of this process.
    """

    abilities = Abilities()

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        name: str | None = None,
        room: Room | None = None,
        infos: ObjectInfos | None = None,
    ) -> None:
        address = url if isinstance(url, ServerAddress) else ServerAddress.parse(url)
        self.url = str(address)
        self.name = name or self.url
        self.crowded: Callable[[], None] = lambda: None
        self._requests = Requests(address, session, room or Room(), self._turned_away)
        self._says_refusals = True
        self._infos = infos or ObjectInfos()
        self._info: ObjectInfo | None = None
        self._seen: tuple[float, PromptQueue] | None = None
        """The newest look at its queue, and when it was asked for."""

    def _turned_away(self) -> None:
        self.crowded()

    async def submit(self, graph: Graph, *, prompt_id: str, client_id: str, partner_key: str = "") -> Submitted:
        """POST /prompt. NOT idempotent: the server runs a repeated prompt_id twice. Call `locate` before a retry.

        Raises `Rejected` with the server's complaints, or `Refused` or `Unreachable` (the server may have the graph).
        """
        sent: dict[str, object] = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id}
        if partner_key:
            sent["extra_data"] = {PARTNER_KEY: partner_key}
        answer = await self._requests.ask("POST", "/prompt", json_body=sent, fine=(HTTP_OK, _HTTP_BAD_REQUEST))
        told = await answer.json_object()
        # What is in front of a server may hand its refusal on with status 200.
        if "error" in told and (answer.status == _HTTP_BAD_REQUEST or "prompt_id" not in told):
            raise read_rejection(told, graph)
        if answer.status == _HTTP_BAD_REQUEST:
            raise Refused(answer.route, answer.status, answer.beginning)
        if (given := told.get("prompt_id")) != prompt_id:
            if not isinstance(given, str):
                raise answer.unreadable()
            # An old server chose its own id, which we could not find again after a restart: take the prompt back.
            await self.cancel(given)
            raise Rejected("too_old", "the server does not take a prompt_id")
        return Submitted(prompt_id, read_rejection(told, graph).node_faults)

    async def locate(self, prompt_id: str) -> Place | Finished:
        """Where the prompt is now. Asks queue, history, queue, history: on its way from the queue to the history, a
        prompt is in neither. Only `Place.UNKNOWN` means that the server does not have it.

        Raises `Unreachable` or `Refused`.
        """
        if (place := await self._queued(prompt_id)) is not Place.UNKNOWN:
            return place
        if (finished := await self._outcome_of_reachable(prompt_id)) is not None:
            return finished
        if (place := await self._queued(prompt_id)) is not Place.UNKNOWN:
            return place
        return await self._outcome_of_reachable(prompt_id) or Place.UNKNOWN

    async def _outcome_of_reachable(self, prompt_id: str) -> Finished | None:
        """`outcome` of a server that answered a moment ago: a timeout now is about the prompt, not the server."""
        try:
            return await self.outcome(prompt_id)
        except (Busy, LockedOut):
            raise
        except Unreachable as fault:
            if fault.unsent:
                raise
            raise Refused("/history", 0, fault.reason, slow=True) from fault

    async def outcome(self, prompt_id: str) -> Finished | None:
        """How the prompt ended; None if it has not ended or the server does not know it. Raises `Unreachable` or
        `Refused`.
        """
        answer = await self._requests.ask("GET", f"/history/{prompt_id}")
        entry = (await answer.json_object()).get(prompt_id)
        try:
            return read_finished(entry) if isinstance(entry, dict) else None
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            raise answer.unreadable() from fault

    async def cancel(self, prompt_id: str) -> None:
        """Stop exactly this prompt, queued or running. Does nothing if it is over, and never touches another prompt.

        A running node stops at its next step. Raises `Unreachable`.
        """
        # A server without this route may answer with anything.
        with contextlib.suppress(Refused):
            answer = await self._requests.ask("POST", f"/api/jobs/{prompt_id}/cancel", json_body={}, fine=None)
            if answer.status == HTTP_OK and await answer.json_object():
                return
        await self.delete(prompt_id)
        # Servers before 0.3.64 ignore the id and interrupt whatever is running: send this only while ours is running.
        if await self._queued(prompt_id) is Place.RUNNING:
            with contextlib.suppress(Refused):
                await self._requests.ask("POST", "/interrupt", json_body={"prompt_id": prompt_id}, fine=None)

    async def delete(self, prompt_id: str) -> None:
        """Remove a prompt from the server's queue. If it is running already, it keeps running. Raises `Unreachable`."""
        with contextlib.suppress(Refused):
            await self._requests.ask("POST", "/queue", json_body={"delete": [prompt_id]}, fine=None)

    async def fetch(self, file: OutputFile, most: int = LARGEST_FILE) -> bytes:
        """The bytes of one file, unchanged.

        Raises `Lost` if it is gone, `Oversized` if it has more than `most` bytes, `Refused` or `Unreachable`.
        """
        whole = bytearray()

        async def take(piece: bytes) -> None:
            whole.extend(piece)

        await self.fetch_into(file, most, take)
        return bytes(whole)

    async def fetch_into(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Pass the bytes of one file to `take` as they arrive. Raises the same errors as `fetch`."""
        query = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        await self._requests.download("/view", file.filename, most, take, query)

    async def upload(self, image: bytes | BinaryIO, filename: str) -> str:
        """Store an image in the server's input folder. Returns its name there: the server may choose another one.

        `filename` must be ASCII. Raises `Refused` or `Unreachable`.
        """

        def form() -> aiohttp.FormData:
            form = aiohttp.FormData()
            form.add_field("image", image, filename=filename, content_type="application/octet-stream")
            form.add_field("type", "input")
            return form

        answer = await self._requests.ask("POST", "/upload/image", form=form, seconds=TRANSFER_SECONDS)
        told = await answer.json_object()
        name, subfolder = told.get("name"), told.get("subfolder")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            raise answer.unreadable()
        return f"{subfolder}/{name}" if isinstance(subfolder, str) and subfolder else name

    async def object_info(self) -> ObjectInfo:
        """The server's node classes and models. Cached; `forget` makes the next call ask the server again."""
        return self._info if self._info is not None else await self.ask_object_info()

    async def ask_object_info(self) -> ObjectInfo:
        """Ask for them now. The cached answer stays valid until the new one is here. Raises `Unreachable`."""
        async with self._infos.turn(), self._requests.blaming_the_server():
            answer = await self._requests.listing("/object_info")
            try:
                info = await self._infos.read(answer.body, await renamed(self._requests.ask))
            except (ValueError, RecursionError) as fault:
                raise self._not_comfyui("/object_info") from fault
        if not info.lists_nodes:
            raise self._not_comfyui("/object_info")
        self._info = info
        return info

    def forget(self) -> None:
        """Drop the cached `object_info`, for a server that may have restarted."""
        self._info = None

    async def alive(self) -> None:
        """Return if the server answers like a ComfyUI, otherwise raise `Unreachable`."""
        await self._queue()

    async def load(self) -> int:
        """How many prompts are running or waiting on the server, including those of others. Raises `Unreachable`."""
        return len(await self._queue())

    async def queue(self, believed_seconds: float = 0.0) -> PromptQueue:
        """The prompts running and waiting on the server. Every look at a prompt of ours shows them as well, so one of
        the last `believed_seconds` is not repeated. Raises `Unreachable`.
        """
        clock = asyncio.get_running_loop().time
        if self._seen is not None and clock() - self._seen[0] <= believed_seconds:
            return self._seen[1]
        return await self._queue()

    async def lora_metadata(self, name: str) -> Mapping[str, Any] | None:
        """What the file of a LoRA says about itself; None if it says nothing (404, server.py). Raises `Unreachable`."""
        return await self.ask(f"/view_metadata/loras?filename={quote(name, safe='')}")

    async def idle_mark(self) -> str | None:
        """The newest prompt in its history; None while anything runs or waits. Raises `Unreachable` or `Refused`."""
        if await self.load():
            return None
        answer = await self._requests.ask("GET", "/history?max_items=1", step="/history")
        return next(reversed(await answer.json_object()), "")

    async def free_memory(self) -> None:
        """POST /free. It unloads its models before its next prompt. Raises `Unreachable` or `Refused`."""
        await self._requests.ask("POST", "/free", json_body={"unload_models": True, "free_memory": True})

    async def ask(self, path: str) -> Mapping[str, Any] | None:
        """The answer of a route that not every server has; None if it is missing. Raises `Unreachable`."""
        async with self._requests.blaming_the_server():
            answer = await self._requests.ask("GET", path, fine=None)
            return await answer.json_object() if answer.status == HTTP_OK else None

    def events(self, client_id: str, broke: Callable[[], None] = lambda: None) -> Stream:
        """The websocket of this client id; not open yet."""
        return Stream(self._requests, client_id, broke, self._socket_refused)

    def _socket_refused(self, status: int) -> None:
        """Said once: nothing else shows why all jobs run without live progress."""
        if self._says_refusals and status < _FAILING:
            self._says_refusals = False
            log.warning(
                "%s opens no websocket (%d), so jobs show no live progress. Let what is in front of it forward "
                "websockets (path /ws).",
                self.url,
                status,
            )

    async def survey(self) -> Survey:
        """What the doctor shows of it. Raises `Unreachable`."""
        return await survey(self.url, self._queue, self.ask, self.events(uuid.uuid4().hex), self._send_much)

    async def _send_much(self) -> int:
        """The status of a POST with a large body that changes nothing; 0 without an answer. Proxies refuse such."""
        body = json.dumps({"delete": [], "padding": "." * _PADDING}).encode()
        with contextlib.suppress(Refused, Unreachable):
            return (
                await self._requests.ask("POST", HEALTH, json_body=body, seconds=TRANSFER_SECONDS, fine=None)
            ).status
        return 0

    async def explained(self, fault: Unreachable) -> Unreachable:
        """A `NotComfyUI` if something else answers at this address; otherwise `fault` itself."""
        return await explained(self._requests, fault)

    async def _queued(self, prompt_id: str) -> Place:
        queue = await self._queue()
        if prompt_id in queue.running:
            return Place.RUNNING
        return Place.PENDING if prompt_id in queue.pending else Place.UNKNOWN

    async def _queue(self) -> PromptQueue:
        asked_at = asyncio.get_running_loop().time()
        async with self._requests.blaming_the_server():
            answer = await self._requests.ask("GET", HEALTH)
            told = await answer.json_object()
        try:
            queue = read_queue(told)
        except (KeyError, TypeError) as fault:
            raise self._not_comfyui(HEALTH) from fault
        self._seen = asked_at, queue
        return queue

    def _not_comfyui(self, route: str) -> Unreachable:
        return Unreachable(self.url, f"unexpected answer from {route}", answered=True)
