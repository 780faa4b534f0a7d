"""A ComfyUI as a library, without jobs and without Discord:

async with comfyui.connect("http://127.0.0.1:8188") as server:
    pictures = await server.generate(graph)
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.connection.stream import Stream
from bot.comfyui.connection.transport import open_session
from bot.comfyui.protocol.events import Event
from bot.comfyui.runs.cancellation import stop
from bot.comfyui.runs.prompt_run import Attempt, PromptRun
from bot.comfyui.runs.retries import three_times
from bot.concurrency import first_set
from bot.errors import NodeFault, NoOutput
from bot.workflows import Graph, OutputFile, OutputText, kind_of

_CONNECT_SECONDS: Final = 2.0
"""Waiting longer for a socket that only decorates would hold up the picture."""
_STOP_SECONDS: Final = 15.0
"""Whoever cancels waits for it: a node that is deaf to interrupts is left to itself after this."""


@dataclass(frozen=True, slots=True)
class Made:
    """What one run left on the server; `skipped` says why outputs are missing, where a part of the graph was wrong.

    `spare_texts` are worth showing where there is nothing else.
    """

    prompt_id: str
    files: tuple[OutputFile, ...]
    texts: tuple[OutputText, ...]
    skipped: tuple[NodeFault, ...]
    received: Mapping[OutputFile, bytes] = field(repr=False)
    """Those of `files` that came over the socket: the server has them nowhere."""
    spare_texts: tuple[OutputText, ...] = ()


@contextlib.asynccontextmanager
async def connect(url: str) -> AsyncIterator[Connection]:
    """The ComfyUI at this address. Raises `Unreachable` where there is none."""
    async with open_session() as session:
        server = ComfyUI(url, session)
        await server.alive()
        async with connection(server) as one:
            yield one


@contextlib.asynccontextmanager
async def connection(server: ComfyUI) -> AsyncIterator[Connection]:
    """The same for a server that somebody has already."""
    async with Stream(server, uuid.uuid4().hex) as stream:
        await first_set(stream.connected, seconds=_CONNECT_SECONDS)
        yield Connection(server, stream)


class Connection:
    """One server and a socket to it. Any number of graphs may run at once; their events are kept apart."""

    def __init__(self, server: ComfyUI, stream: Stream) -> None:
        self.server = server
        self._stream = stream

    async def generate(self, graph: Graph, listener: Callable[[Event], None] | None = None) -> list[bytes]:
        """Run a graph (API format) and return its pictures as the server made them, in the order of their nodes.

        Raises a `ComfyError` (`Rejected`, `NodeFailed`, `Lost`, `Unreachable`, ...), `NoOutput` if there is no picture.
        If it is cancelled, so is the prompt, and no other. `listener` gets its events, and must return at once.
        """
        made = await self.run(graph, listener)
        pictures = _pictures(made.files)
        if not pictures:
            raise NoOutput
        return [await self.content(made, picture) for picture in pictures]

    async def run(
        self, graph: Graph, listener: Callable[[Event], None] | None = None, *, over_socket: bool = False
    ) -> Made:
        """Run a graph to its end; `content` fetches what it made. Raises and is cancelled as `generate`.

        `over_socket`: pictures that would be saved on the server come over the socket instead, where it can do that.
        """
        made = await self._attempt(graph, Attempt(str(uuid.uuid4()), over_socket=over_socket), listener)
        if made is None:
            # The server still has everything but the pictures in its cache: this costs a moment.
            made = await self._attempt(graph, Attempt(str(uuid.uuid4()), on_disk=True), listener)
        assert made is not None  # noqa: S101 - without senders none of their pictures can be missing
        return made

    async def content(self, made: Made, file: OutputFile) -> bytes:
        """The bytes of one of its files. Raises `Lost`, `Refused` or `Unreachable`."""
        if (received := made.received.get(file)) is not None:
            return received
        return await three_times(self.server, "/view", partial(self.server.fetch, file))

    async def _attempt(self, graph: Graph, attempt: Attempt, listener: Callable[[Event], None] | None) -> Made | None:
        """Run one prompt; None if pictures that it sent over the socket did not arrive."""
        received: dict[OutputFile, bytes] = {}
        pictures = await attempt.pictures(self.server, self._stream, graph)
        switched, _ = await attempt.switched(self.server, graph)

        def listen(event: Event) -> None:
            if (picture := pictures.take(event)) is not None:
                received[picture[0]] = picture[1]
            if listener is not None:
                listener(event)

        with PromptRun(self.server, self._stream, attempt.prompt_id, listen) as prompt:
            # A task of its own: cancelled half-way, nobody would know whether the server has the prompt.
            submitting = asyncio.create_task(prompt.submit(switched))
            try:
                await asyncio.shield(submitting)
                finished = await prompt.end()
            except asyncio.CancelledError:
                await asyncio.wait({submitting})
                if submitting.exception() is None:
                    await stop(self.server, attempt.prompt_id, _STOP_SECONDS)
                raise
            if finished.error is not None:
                raise finished.error
            ending = await prompt.ending(finished, pictures)
        if ending.incomplete:
            return None
        files = (*received, *finished.files)
        return Made(attempt.prompt_id, files, finished.texts, ending.skipped, received, finished.spare_texts)


def _pictures(files: Iterable[OutputFile]) -> list[OutputFile]:
    """What was saved; previews only where nothing was."""
    pictures = [file for file in files if kind_of(file.filename) == "image"]
    return [file for file in pictures if file.type == "output"] or pictures
