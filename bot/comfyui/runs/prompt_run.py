"""The protocol of one prompt on one server: submit it once, follow it to its end, collect its images from the socket.

Used both for the bot's jobs and by programs that use this package as a library.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.comfyui.protocol.answers import Finished, Place, Submitted
from bot.comfyui.runs.prompt_follower import PromptFollower
from bot.comfyui.runs.retries import three_times
from bot.comfyui.runs.socket_pictures import SocketImages
from bot.comfyui.server import EventStream, Server
from bot.errors import NodeFault, Refused, Unreachable
from bot.workflows import Graph, keep_on_disk, send_over_socket, senders_in


@dataclass(frozen=True, slots=True)
class Attempt:
    """One prompt and how its images arrive. `over_socket`: nodes that would save images send them over the socket, if
    the server can do that. `on_disk`: nodes that would send images over the socket save them instead.
    """

    prompt_id: str
    over_socket: bool = False
    on_disk: bool = False

    async def switched(self, server: Server, graph: Graph) -> tuple[Graph, frozenset[str]]:
        """The graph to submit, and its nodes that send images over the socket. Raises `Unreachable`."""
        if self.on_disk or not server.abilities.images_over_socket:
            return keep_on_disk(graph), frozenset()
        if self.over_socket and (info := await server.object_info()) is not None:
            return send_over_socket(graph, info)
        return graph, senders_in(graph)

    async def socket_images(self, server: Server, stream: EventStream, graph: Graph) -> SocketImages:
        """The receiver for images that the graph's nodes send over the socket. Raises `Unreachable`."""
        _, senders = await self.switched(server, graph)
        return SocketImages(graph, senders, stream)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a prompt ended, what it skipped, and whether images that it sent over the socket never arrived.

    `submitted`: this run submitted it, instead of finding it on the server after an interrupted run.
    """

    finished: Finished
    skipped: tuple[NodeFault, ...] = ()
    incomplete: bool = False
    submitted: bool = False


class PromptRun(PromptFollower):
    """`with PromptRun(...) as prompt` listens. Enter it before the submit; `end` says how the prompt ended."""

    _submitted: Submitted | None = None

    async def found(self) -> bool:
        """Whether the server has the prompt from an earlier, interrupted run. Then follow it instead of submitting.

        A service may refuse to tell for a while (`Abilities.poll_patience`): following it finds out, or gives up.
        """
        try:
            if await self._server.locate(self.prompt_id) is Place.UNKNOWN:
                return False
        except Refused:
            if not self._server.abilities.poll_patience:
                raise
        # It may be over already, so make the first poll at once.
        self._over.set()
        return True

    async def submit(
        self,
        graph: Graph,
        waiting: Callable[[], None] = lambda: None,
        may_have_it: asyncio.Event | None = None,
        partner_key: str = "",
    ) -> tuple[NodeFault, ...]:
        """Submit it. Retries, but the server gets it only once. Returns why outputs will be missing.

        `may_have_it` is set as soon as the server may have the prompt. Raises like `three_times`, or `Rejected`.
        """
        action = partial(self._submit, graph, may_have_it or asyncio.Event(), partner_key)
        self._submitted = await three_times(self._server, "/prompt", action, waiting)
        return self._submitted.node_faults

    async def _submit(self, graph: Graph, may_have_it: asyncio.Event, partner_key: str) -> Submitted:
        if may_have_it.is_set() and await self._server.locate(self.prompt_id) is not Place.UNKNOWN:
            # The server got it; only its answer was lost.
            return Submitted(self.prompt_id, ())
        arrived = True
        try:
            return await self._server.submit(
                graph, prompt_id=self.prompt_id, client_id=self._stream.client_id, partner_key=partner_key
            )
        except Unreachable as away:
            arrived = not away.unsent
            raise
        finally:
            if arrived:
                may_have_it.set()

    async def ending(self, finished: Finished, images: SocketImages) -> Ending:
        """The result, after waiting for images that are still arriving over the socket."""
        submitted = self._submitted is not None
        skipped = self._submitted.node_faults if self._submitted is not None else ()
        if not images.senders or finished.error is not None:
            return Ending(finished, skipped, submitted=submitted)
        if submitted:
            await images.settle()
        never_ran = {node_id for fault in skipped for node_id in (fault.node_id, *fault.outputs)}
        return Ending(finished, skipped, images.missing(finished.sent, never_ran), submitted)
