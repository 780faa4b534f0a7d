"""The run protocol: one prompt on one server, submitted once, followed to its end, its images taken from the socket.

Whoever has a graph run works from it: a job of the queue, and a program that has no queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.connection.stream import Stream
from bot.comfyui.protocol.answers import Finished, Place, Submitted
from bot.comfyui.runs.prompt_follower import Following
from bot.comfyui.runs.retries import three_times
from bot.comfyui.runs.socket_pictures import SocketPictures
from bot.errors import NodeFault, Unreachable
from bot.workflows import Graph, keep_on_disk, send_over_socket, senders_in


@dataclass(frozen=True, slots=True)
class Attempt:
    """One prompt, and the way its images take. `over_socket`: what would be saved is sent over the socket, where the
    server can do that. `on_disk`: nodes that would send their images over the socket save them instead.
    """

    prompt_id: str
    over_socket: bool = False
    on_disk: bool = False

    async def switched(self, server: ComfyUI, graph: Graph) -> tuple[Graph, frozenset[str]]:
        """The graph to submit, and the nodes of it that send their images over the socket. Raises `Unreachable`."""
        if self.on_disk:
            return keep_on_disk(graph), frozenset()
        if self.over_socket:
            return send_over_socket(graph, await server.object_info())
        return graph, senders_in(graph)

    async def pictures(self, server: ComfyUI, stream: Stream, graph: Graph) -> SocketPictures:
        """What takes the images of the graph's nodes from the socket. Raises `Unreachable`."""
        _, senders = await self.switched(server, graph)
        return SocketPictures(graph, senders, stream)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a prompt ended, what it skipped, and whether images that it sent over the socket never arrived.

    `anew`: it was put into the server by this very run.
    """

    finished: Finished
    skipped: tuple[NodeFault, ...] = ()
    incomplete: bool = False
    anew: bool = False


class PromptRun(Following):
    """`with PromptRun(...) as prompt` listens from before the submit; `end` says how the prompt ended."""

    _submitted: Submitted | None = None

    async def found(self) -> bool:
        """Whether the server has it from an earlier run that was cut short: then it is followed, not submitted."""
        if await self._server.locate(self.prompt_id) is Place.UNKNOWN:
            return False
        # It may be over: that is asked before the socket or the time says so.
        self._over.set()
        return True

    async def submit(
        self, graph: Graph, waiting: Callable[[], None] = lambda: None, may_have_it: asyncio.Event | None = None
    ) -> tuple[NodeFault, ...]:
        """Put it into the server, once however often that is tried. Returns why outputs will be missing.

        `may_have_it` is set once the server may have it, whatever it answered. Raises as `three_times`, or `Rejected`.
        """
        action = partial(self._submit, graph, may_have_it or asyncio.Event())
        self._submitted = await three_times(self._server, "/prompt", action, waiting)
        return self._submitted.node_faults

    async def _submit(self, graph: Graph, may_have_it: asyncio.Event) -> Submitted:
        if may_have_it.is_set() and await self._server.locate(self.prompt_id) is not Place.UNKNOWN:
            # Only the answer was lost.
            return Submitted(self.prompt_id, ())
        arrived = True
        try:
            return await self._server.submit(graph, prompt_id=self.prompt_id, client_id=self._stream.client_id)
        except Unreachable as away:
            arrived = not away.unsent
            raise
        finally:
            if arrived:
                may_have_it.set()

    async def ending(self, finished: Finished, pictures: SocketPictures) -> Ending:
        """What came of it, once the images that are still on their way over the socket have arrived."""
        anew = self._submitted is not None
        skipped = self._submitted.node_faults if self._submitted is not None else ()
        if not pictures.senders or finished.error is not None:
            return Ending(finished, skipped, anew=anew)
        if anew:
            await pictures.settle()
        never_ran = {node_id for fault in skipped for node_id in (fault.node_id, *fault.outputs)}
        return Ending(finished, skipped, pictures.missing(finished.sent, never_ran), anew)
