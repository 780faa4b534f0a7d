"""One ComfyUI server over HTTP. Every call has a deadline; every failure is a leaf of the error tree."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Any, BinaryIO, Final

import aiohttp

from bot.addresses import ServerAddress
from bot.comfyui.connection.bodies import Answer, read_into, read_whole, route_of
from bot.comfyui.connection.object_infos import ObjectInfos
from bot.comfyui.connection.transport import Room, Transport, reason_of
from bot.comfyui.protocol.answers import Finished, Place, Submitted, read_finished, read_prompt_ids, read_rejection
from bot.comfyui.protocol.blame import HEALTH
from bot.errors import Busy, LockedOut, Lost, Oversized, Refused, Rejected, Unreachable
from bot.workflows import Graph, ObjectInfo, OutputFile, kind_of

ANSWER_SECONDS: Final = 15.0
"""Right after a job ComfyUI can stall for a moment (its garbage collection); loading a model can hold it longer."""

TRANSFER_SECONDS: Final = 120.0
"""For a file up or down."""

LARGEST_FILE: Final = 2**30
"""Bytes. Nobody looks at more."""
_AS_IT_IS: Final = {"Accept-Encoding": "identity"}
"""Images are packed already."""

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
"""A proxy's page, for logging in or about a fault, may come with status 200."""
_LONGEST_NAME: Final = 255
"""Characters. No file system takes a longer one."""
_MOST_ANSWER: Final = 32 * 2**20
"""Bytes. `/queue` holds the graphs of all that wait there."""
_MOST_OBJECT_INFO: Final = 128 * 2**20
"""With hundreds of custom nodes it has tens of megabytes."""
_HTTP_OK, _HTTP_BAD_REQUEST, _HTTP_NOT_FOUND = 200, 400, 404


class ComfyUI:
    """The HTTP side of one server. A user name and a password in `url` go with each request, and are nowhere in `url`
    and `name` afterwards. The session (`open_session`) is shared and closed by its owner. `name` tells the server from
    all that other machines may know; `infos` is shared with the process's other servers.
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
        """Called when a request is not answered, or is turned away: whoever holds connections lets go of them."""
        self._transport = Transport(self.url, session, room or Room(), address.headers, self._turned_away)
        self._infos = infos or ObjectInfos()
        self._info: ObjectInfo | None = None

    def _turned_away(self) -> None:
        self.crowded()

    async def submit(self, graph: Graph, *, prompt_id: str, client_id: str) -> Submitted:
        """POST /prompt. NOT idempotent: the server runs a repeated prompt_id twice. Ask `locate` before a retry.

        Raises `Rejected` with the server's complaints, or `Refused` or `Unreachable` (the graph may have arrived).
        """
        sent = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id}
        answer = await self._ask("POST", "/prompt", json_body=sent, fine=(_HTTP_OK, _HTTP_BAD_REQUEST))
        told = await answer.told()
        if answer.status == _HTTP_BAD_REQUEST:
            if "error" not in told:
                raise Refused(answer.route, answer.status, answer.beginning)
            raise read_rejection(told, graph)
        if (given := told.get("prompt_id")) != prompt_id:
            if not isinstance(given, str):
                raise answer.nonsense()
            # Its own id would be lost with us: take the prompt back rather than let it run for nobody.
            await self.cancel(given)
            raise Rejected("too_old", "the server does not take a prompt_id")
        return Submitted(prompt_id, read_rejection(told, graph).node_faults)

    async def locate(self, prompt_id: str) -> Place | Finished:
        """Where the prompt is now. Queue, history, queue again: between the two a prompt is in neither.

        Only `Place.UNKNOWN` means that the server does not have it. Raises `Unreachable` or `Refused`.
        """
        if (place := await self._queued(prompt_id)) is not Place.UNKNOWN:
            return place
        if (finished := await self._history_now(prompt_id)) is not None:
            return finished
        if (place := await self._queued(prompt_id)) is not Place.UNKNOWN:
            return place
        return await self._history_now(prompt_id) or Place.UNKNOWN

    async def _history_now(self, prompt_id: str) -> Finished | None:
        """The same as `history`, of a server that has answered a moment ago: its silence is about this prompt."""
        try:
            return await self.history(prompt_id)
        except (Busy, LockedOut):
            raise
        except Unreachable as fault:
            if fault.unsent:
                raise
            raise Refused("/history", 0, fault.reason, slow=True) from fault

    async def history(self, prompt_id: str) -> Finished | None:
        """How the prompt ended; None while it has not, and when the server does not know it. Raises `Unreachable` or
        `Refused`.
        """
        answer = await self._ask("GET", f"/history/{prompt_id}")
        entry = (await answer.told()).get(prompt_id)
        try:
            return read_finished(entry) if isinstance(entry, dict) else None
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            raise answer.nonsense() from fault

    async def cancel(self, prompt_id: str) -> None:
        """Stop exactly this prompt, wherever it is; does nothing when it is over. Never touches another.

        Takes effect at the running node's next step. Raises `Unreachable`.
        """
        # A server without that route may answer it with anything.
        with contextlib.suppress(Refused):
            answer = await self._ask("POST", f"/api/jobs/{prompt_id}/cancel", json_body={}, fine=None)
            if answer.status == _HTTP_OK and await answer.told():
                return
        await self.delete(prompt_id)
        # Servers before 0.3.64 ignore the id and stop whatever runs: ask only while it is ours that runs.
        if await self._queued(prompt_id) is Place.RUNNING:
            with contextlib.suppress(Refused):
                await self._ask("POST", "/interrupt", json_body={"prompt_id": prompt_id}, fine=None)

    async def delete(self, prompt_id: str) -> None:
        """Take a prompt out of the server's queue. One that has begun goes on. Raises `Unreachable`."""
        with contextlib.suppress(Refused):
            await self._ask("POST", "/queue", json_body={"delete": [prompt_id]}, fine=None)

    async def fetch(self, file: OutputFile, most: int = LARGEST_FILE) -> bytes:
        """The bytes of one file, exactly as the server has them.

        Raises `Lost` where it is gone, `Oversized` where it has more than `most` bytes, `Refused` or `Unreachable`.
        """
        async with self._view(file) as response:
            return await read_whole(response, most, file.filename)

    async def fetch_into(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Hand the bytes of one file to `take` as they arrive. Raises as `fetch`."""
        async with self._view(file) as response:
            await read_into(response, most, file.filename, take)

    @contextlib.asynccontextmanager
    async def _view(self, file: OutputFile) -> AsyncIterator[aiohttp.ClientResponse]:
        query = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
        try:
            async with self._transport.answered(
                "GET", "/view", TRANSFER_SECONDS, ANSWER_SECONDS, transfer=True, params=query, headers=_AS_IT_IS
            ) as response:
                if response.status == _HTTP_NOT_FOUND:
                    raise Lost(file.filename)
                if response.status != _HTTP_OK:
                    raise Answer("/view", response.status, response.headers, b"").complaint(self.url)
                if response.content_type in _PAGES and kind_of(file.filename) not in {"file", "text"}:
                    raise Refused("/view", 0, f"a page instead of {file.filename}")
                yield response
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unreachable(self.url, reason_of(fault)) from fault

    async def upload(self, image: bytes | BinaryIO, filename: str) -> str:
        """Store a picture among the server's inputs. Returns the name to bind: the server may choose another.

        `filename` must be ASCII. Raises `Refused` or `Unreachable`.
        """

        def form() -> aiohttp.FormData:
            form = aiohttp.FormData()
            form.add_field("image", image, filename=filename, content_type="application/octet-stream")
            form.add_field("type", "input")
            return form

        answer = await self._ask("POST", "/upload/image", form=form, seconds=TRANSFER_SECONDS)
        told = await answer.told()
        name, subfolder = told.get("name"), told.get("subfolder")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            raise answer.nonsense()
        return f"{subfolder}/{name}" if isinstance(subfolder, str) and subfolder else name

    async def object_info(self) -> ObjectInfo:
        """What node classes and models the server has. Asked once; `forget` makes the next call ask again."""
        return self._info if self._info is not None else await self.ask_object_info()

    async def ask_object_info(self) -> ObjectInfo:
        """What it has now; until it has answered, what it said before counts. Raises `Unreachable`."""
        async with self._infos.turn(), self._as_its_own():
            answer = await self._ask("GET", "/object_info", most=_MOST_OBJECT_INFO)
            try:
                info = await self._infos.read(answer.body)
            except (ValueError, RecursionError) as fault:
                raise self._unlike("/object_info") from fault
        if not info.lists_nodes:
            raise self._unlike("/object_info")
        self._info = info
        return info

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
        async with self._as_its_own():
            answer = await self._ask("GET", path, fine=None)
            return await answer.told() if answer.status == _HTTP_OK else None

    async def _queued(self, prompt_id: str) -> Place:
        running, pending = await self._queue()
        if prompt_id in running:
            return Place.RUNNING
        return Place.PENDING if prompt_id in pending else Place.UNKNOWN

    async def _queue(self) -> tuple[frozenset[str], frozenset[str]]:
        async with self._as_its_own():
            answer = await self._ask("GET", HEALTH)
            told = await answer.told()
        try:
            return read_prompt_ids(told["queue_running"]), read_prompt_ids(told["queue_pending"])
        except (KeyError, TypeError, IndexError) as fault:
            raise self._unlike(HEALTH) from fault

    def _unlike(self, route: str) -> Unreachable:
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
        """One request -> the answer, where its status is `fine` (None: whatever it is) and it has at most `most` bytes.

        Raises `Refused`, `Busy` and `LockedOut` (`blame`), or `Unreachable` where there is no answer.
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
    async def _as_its_own(self) -> AsyncIterator[None]:
        """What is asked about the server itself, and for no job: whatever it answers instead is its own trouble."""
        try:
            yield
        except Refused as fault:
            raise Unreachable(self.url, str(fault), answered=True) from fault
