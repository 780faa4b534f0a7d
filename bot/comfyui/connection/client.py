"""HTTP client for one ComfyUI server. Every call has a deadline; every failure is an error of the `bot.errors` tree."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Any, BinaryIO, Final

import aiohttp

from bot.addresses import ServerAddress
from bot.comfyui.connection.bodies import Answer, read_into, read_whole, route_of
from bot.comfyui.connection.object_infos import ObjectInfos, renamed
from bot.comfyui.connection.transport import Room, Transport, reason_of
from bot.comfyui.protocol.answers import Finished, Place, Submitted, read_finished, read_prompt_ids, read_rejection
from bot.comfyui.protocol.blame import HEALTH
from bot.errors import Busy, LockedOut, Lost, Oversized, Refused, Rejected, Unreachable
from bot.workflows import Graph, ObjectInfo, OutputFile, kind_of

ANSWER_SECONDS: Final = 15.0
"""Right after a job ComfyUI can hang for a moment (garbage collection), and for longer while it loads a model."""

TRANSFER_SECONDS: Final = 120.0
"""For uploading or downloading a file."""

LARGEST_FILE: Final = 2**30
"""Bytes. More than any image or video that people will look at."""
_UNCOMPRESSED: Final = {"Accept-Encoding": "identity"}
"""Asks for no compression: images are compressed already."""

_WEB_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
"""A proxy's login or error page may come with status 200."""
_LONGEST_NAME: Final = 255
"""Characters. No file system allows longer names."""
_MOST_ANSWER: Final = 32 * 2**20
"""Bytes. `/queue` contains the graph of every waiting prompt."""
_MOST_OBJECT_INFO: Final = 128 * 2**20
"""Bytes. With hundreds of custom nodes, `/object_info` takes tens of megabytes."""
_HTTP_OK, _HTTP_BAD_REQUEST, _HTTP_NOT_FOUND = 200, 400, 404


class ComfyUI:
    """The HTTP side of one server. A user name and password in `url` are sent with each request and removed from `url`
    and `name`. The `session` (`open_session`) is shared; its owner closes it. `name` identifies the server to the other
    machines; `infos` is shared by all servers of this process.
    """

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
        self.headers = address.headers
        self.name = name or self.url
        self.session = session
        self.crowded: Callable[[], None] = lambda: None
        """Called when a request got no answer or was turned away, so that websockets can make room."""
        self._transport = Transport(self.url, session, room or Room(), address.headers, self._turned_away)
        self._infos = infos or ObjectInfos()
        self._info: ObjectInfo | None = None

    def _turned_away(self) -> None:
        self.crowded()

    async def submit(self, graph: Graph, *, prompt_id: str, client_id: str) -> Submitted:
        """POST /prompt. NOT idempotent: the server runs a repeated prompt_id twice. Call `locate` before a retry.

        Raises `Rejected` with the server's complaints, or `Refused` or `Unreachable` (the server may have the graph).
        """
        sent = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id}
        answer = await self._ask("POST", "/prompt", json_body=sent, fine=(_HTTP_OK, _HTTP_BAD_REQUEST))
        told = await answer.json_object()
        if answer.status == _HTTP_BAD_REQUEST:
            if "error" not in told:
                raise Refused(answer.route, answer.status, answer.beginning)
            raise read_rejection(told, graph)
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
        if (finished := await self._history_of_reachable(prompt_id)) is not None:
            return finished
        if (place := await self._queued(prompt_id)) is not Place.UNKNOWN:
            return place
        return await self._history_of_reachable(prompt_id) or Place.UNKNOWN

    async def _history_of_reachable(self, prompt_id: str) -> Finished | None:
        """`history` of a server that answered a moment ago: a timeout now is about the prompt, not the server."""
        try:
            return await self.history(prompt_id)
        except (Busy, LockedOut):
            raise
        except Unreachable as fault:
            if fault.unsent:
                raise
            raise Refused("/history", 0, fault.reason, slow=True) from fault

    async def history(self, prompt_id: str) -> Finished | None:
        """How the prompt ended; None if it has not ended or the server does not know it. Raises `Unreachable` or
        `Refused`.
        """
        answer = await self._ask("GET", f"/history/{prompt_id}")
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
            answer = await self._ask("POST", f"/api/jobs/{prompt_id}/cancel", json_body={}, fine=None)
            if answer.status == _HTTP_OK and await answer.json_object():
                return
        await self.delete(prompt_id)
        # Servers before 0.3.64 ignore the id and interrupt whatever is running: send this only while ours is running.
        if await self._queued(prompt_id) is Place.RUNNING:
            with contextlib.suppress(Refused):
                await self._ask("POST", "/interrupt", json_body={"prompt_id": prompt_id}, fine=None)

    async def delete(self, prompt_id: str) -> None:
        """Remove a prompt from the server's queue. If it is running already, it keeps running. Raises `Unreachable`."""
        with contextlib.suppress(Refused):
            await self._ask("POST", "/queue", json_body={"delete": [prompt_id]}, fine=None)

    async def fetch(self, file: OutputFile, most: int = LARGEST_FILE) -> bytes:
        """The bytes of one file, unchanged.

        Raises `Lost` if it is gone, `Oversized` if it has more than `most` bytes, `Refused` or `Unreachable`.
        """
        async with self._view(file) as response:
            return await read_whole(response, most, file.filename)

    async def fetch_into(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Pass the bytes of one file to `take` as they arrive. Raises the same errors as `fetch`."""
        async with self._view(file) as response:
            await read_into(response, most, file.filename, take)

    @contextlib.asynccontextmanager
    async def _view(self, file: OutputFile) -> AsyncIterator[aiohttp.ClientResponse]:
        query = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        try:
            async with self._transport.answered(
                "GET", "/view", TRANSFER_SECONDS, ANSWER_SECONDS, transfer=True, params=query, headers=_UNCOMPRESSED
            ) as response:
                if response.status == _HTTP_NOT_FOUND:
                    raise Lost(file.filename)
                if response.status != _HTTP_OK:
                    raise Answer("/view", response.status, response.headers, b"").complaint(self.url)
                if response.content_type in _WEB_PAGES and kind_of(file.filename) not in {"file", "text"}:
                    raise Refused("/view", 0, f"a page instead of {file.filename}")
                yield response
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unreachable(self.url, reason_of(fault)) from fault

    async def upload(self, image: bytes | BinaryIO, filename: str) -> str:
        """Store an image in the server's input folder. Returns its name there: the server may choose another one.

        `filename` must be ASCII. Raises `Refused` or `Unreachable`.
        """

        def form() -> aiohttp.FormData:
            form = aiohttp.FormData()
            form.add_field("image", image, filename=filename, content_type="application/octet-stream")
            form.add_field("type", "input")
            return form

        answer = await self._ask("POST", "/upload/image", form=form, seconds=TRANSFER_SECONDS)
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
        async with self._infos.turn(), self._blaming_the_server():
            answer = await self._ask("GET", "/object_info", most=_MOST_OBJECT_INFO)
            try:
                info = await self._infos.read(answer.body, await renamed(self._ask))
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
        return sum(map(len, await self._queue()))

    async def ask(self, path: str) -> Mapping[str, Any] | None:
        """The answer of a route that not every server has; None if it is missing. Raises `Unreachable`."""
        async with self._blaming_the_server():
            answer = await self._ask("GET", path, fine=None)
            return await answer.json_object() if answer.status == _HTTP_OK else None

    async def _queued(self, prompt_id: str) -> Place:
        running, pending = await self._queue()
        if prompt_id in running:
            return Place.RUNNING
        return Place.PENDING if prompt_id in pending else Place.UNKNOWN

    async def _queue(self) -> tuple[frozenset[str], frozenset[str]]:
        async with self._blaming_the_server():
            answer = await self._ask("GET", HEALTH)
            told = await answer.json_object()
        try:
            return read_prompt_ids(told["queue_running"]), read_prompt_ids(told["queue_pending"])
        except (KeyError, TypeError, IndexError) as fault:
            raise self._not_comfyui(HEALTH) from fault

    def _not_comfyui(self, route: str) -> Unreachable:
        return Unreachable(self.url, f"unexpected answer from {route}", answered=True)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        json_body: object = None,
        form: Callable[[], aiohttp.FormData] | None = None,
        seconds: float = ANSWER_SECONDS,
        fine: Collection[int] | None = (_HTTP_OK,),
        most: int = _MOST_ANSWER,
    ) -> Answer:
        """Send a request. Returns its answer of at most `most` bytes, if the status is in `fine` (None: any status).

        Raises `Refused`, `Busy` or `LockedOut` (chosen by `blame`), or `Unreachable` if there is no answer.
        """
        headers = {"Content-Type": "application/json"} if json_body is not None else None

        def sent() -> object:
            if form is not None:
                return form()
            return json.dumps(json_body) if json_body is not None else None

        route = route_of(path)
        try:
            async with self._transport.answered(
                method, path, seconds, transfer=form is not None, body=sent, headers=headers
            ) as response:
                body = await read_whole(response, most, route)
                answer = Answer(route, response.status, response.headers, body)
        except Oversized as fault:
            raise Refused(route, 0, f"more than {most} bytes") from fault
        except aiohttp.ClientConnectorError as fault:
            raise Unreachable(self.url, reason_of(fault), unsent=True) from fault
        except aiohttp.ClientPayloadError as fault:
            raise Refused(route, 0, reason_of(fault)) from fault
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unreachable(self.url, reason_of(fault)) from fault
        if fine is not None and answer.status not in fine:
            raise answer.complaint(self.url)
        return answer

    @contextlib.asynccontextmanager
    async def _blaming_the_server(self) -> AsyncIterator[None]:
        """For requests about the server itself, not about a job: any other answer is the server's own fault."""
        try:
            yield
        except Refused as fault:
            raise Unreachable(self.url, str(fault), answered=True) from fault
