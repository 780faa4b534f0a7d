"""Use a ComfyUI as a library, without jobs and without Discord:

async with comfyui.connect("http://127.0.0.1:8188") as server:
    images = await server.generate(graph)
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bot.comfyui.http.transport import open_session
from bot.comfyui.kinds import server_at
from bot.comfyui.protocol.events import Event
from bot.comfyui.runs.cancellation import stop
from bot.comfyui.runs.prompt_run import Attempt, PromptRun
from bot.comfyui.runs.retries import three_times
from bot.comfyui.server import EventStream, Server
from bot.concurrency import first_set
from bot.errors import NodeFault, NoOutput
from bot.workflows import Graph, OutputFile, OutputText, kind_of

_CONNECT_SECONDS: Final = 2.0
"""Longest wait for the socket. It only carries progress, so the image must not wait for it."""
_STOP_SECONDS: Final = 15.0
"""Longest wait for a cancelled prompt to stop. A node that ignores interrupts is left running after this."""


@dataclass(frozen=True, slots=True)
class RunOutputs:
    """The outputs of one run. `skipped` says which are missing because part of the graph was invalid.

    `spare_texts` are worth showing only if there is no other output.
    """

    prompt_id: str
    files: tuple[OutputFile, ...]
    texts: tuple[OutputText, ...]
    skipped: tuple[NodeFault, ...]
    received: Mapping[OutputFile, bytes] = field(repr=False)
    """The content of those `files` that came over the socket. The server has not saved them."""
    spare_texts: tuple[OutputText, ...] = ()


@contextlib.asynccontextmanager
async def connect(url: str) -> AsyncIterator[Connection]:
    """Connect to the ComfyUI at this address. Raises `Unreachable` if there is none."""
    async with open_session() as session:
        server = server_at(url, session)
        await server.alive()
        async with connection(server) as one:
            yield one


@contextlib.asynccontextmanager
async def connection(server: Server) -> AsyncIterator[Connection]:
    """Connect to a server that the caller already has a client for."""
    async with server.events(uuid.uuid4().hex) as stream:
        await first_set(stream.tried, seconds=_CONNECT_SECONDS)
        yield Connection(server, stream)


class Connection:
    """One server with a socket. Any number of graphs may run at once; each listener gets its own graph's events."""

    def __init__(self, server: Server, stream: EventStream) -> None:
        self.server = server
        self._stream = stream

    async def generate(self, graph: Graph, listener: Callable[[Event], None] | None = None) -> list[bytes]:
        """Run a graph (API format) and return its images exactly as the server made them, in the order of its nodes.

        Raises a `ComfyError` (`Rejected`, `NodeFailed`, `Lost`, `Unreachable`, ...), or `NoOutput` without any image.
        Cancelling this call cancels its prompt and no other. `listener` gets its events and must return at once.
        """
        outputs = await self.run(graph, listener)
        images = _images(outputs.files)
        if not images:
            raise NoOutput
        return [await self.content(outputs, image) for image in images]

    async def run(
        self, graph: Graph, listener: Callable[[Event], None] | None = None, *, over_socket: bool = False
    ) -> RunOutputs:
        """Run a graph to its end; fetch the outputs with `content`. Errors and cancelling work as in `generate`.

        `over_socket`: the server sends its images over the socket instead of saving them, if it can.
        """
        outputs = await self._attempt(graph, Attempt(str(uuid.uuid4()), over_socket=over_socket), listener)
        if outputs is None:
            # Images got lost on the socket. The server has everything else cached, so a second run is quick.
            outputs = await self._attempt(graph, Attempt(str(uuid.uuid4()), on_disk=True), listener)
        assert outputs is not None  # noqa: S101 - no node sends over the socket now, so nothing can get lost there
        return outputs

    async def content(self, outputs: RunOutputs, file: OutputFile) -> bytes:
        """The bytes of one file. Raises `Lost`, `Refused` or `Unreachable`."""
        if (received := outputs.received.get(file)) is not None:
            return received
        return await three_times(self.server, "/view", partial(self.server.fetch, file))

    async def _attempt(
        self, graph: Graph, attempt: Attempt, listener: Callable[[Event], None] | None
    ) -> RunOutputs | None:
        """Run one prompt; None if images that it sent over the socket did not arrive."""
        received: dict[OutputFile, bytes] = {}
        images = await attempt.socket_images(self.server, self._stream, graph)
        switched, _ = await attempt.switched(self.server, graph)

        def listen(event: Event) -> None:
            if (image := images.take(event)) is not None:
                received[image[0]] = image[1]
            if listener is not None:
                listener(event)

        with PromptRun(self.server, self._stream, attempt.prompt_id, listen) as prompt:
            # A shielded task: if the submit itself were cancelled, we would not know whether the server has the prompt.
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
            ending = await prompt.ending(finished, images)
        if ending.incomplete:
            return None
        files = (*received, *finished.files)
        return RunOutputs(attempt.prompt_id, files, finished.texts, ending.skipped, received, finished.spare_texts)


def _images(files: Iterable[OutputFile]) -> list[OutputFile]:
    """The saved images, or the previews if none was saved."""
    images = [file for file in files if kind_of(file.filename) == "image"]
    return [file for file in images if file.type == "output"] or images
