"""Collect the finished images that a run sends over the socket, and tell whether all of them arrived."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from typing import Final

from bot.comfyui.protocol.events import Event, Executing, ExecutionSuccess, Preview, Tick
from bot.comfyui.server import EventStream
from bot.concurrency import first_set
from bot.workflows import Graph, OutputFile, socket_file

_SETTLE_SECONDS: Final = 10.0
"""Large frames may still be arriving when the history already shows the end. If they take longer than this, it is
faster to let the server save the images and fetch them."""
_LOOK_SECONDS: Final = 0.2


class SocketImages:
    """The images of one prompt. Create it before the submit, so that it sees every break of the socket.

    If it misses an image, all of them are saved and fetched instead. If it counted one twice, another could be lost.

    `graph` is the pack's original graph; `senders` are the nodes whose frames are finished images, not previews.
    """

    def __init__(self, graph: Graph, senders: Collection[str], stream: EventStream) -> None:
        self.senders = frozenset(senders)
        self._graph = graph
        self._stream = stream
        self._breaks = stream.breaks if stream.connected.is_set() else None
        self._over = asyncio.Event()
        self._received: dict[str, int] = dict.fromkeys(self.senders, 0)
        self._announced: dict[str, int] = {}
        self._last: dict[str, int] = {}
        """The hash of each sender's last image. Keeping the images themselves would take too much memory."""

    def take(self, event: Event) -> tuple[OutputFile, bytes] | None:
        """The finished image in this event, if there is one."""
        match event:
            case Preview(node_id=str() as node_id, image_type=image_type, image=image) if node_id in self.senders:
                # A frame that arrived twice. Equal images of one batch differ by the step between them.
                if self._last.get(node_id) == (seen := hash(image)):
                    return None
                self._last[node_id] = seen
                self._received[node_id] += 1
                return socket_file(self._graph, node_id, self._received[node_id], image_type), image
            case Tick(node_id=str() as node_id, max=maximum) if node_id in self.senders:
                self._announced[node_id] = int(maximum)
                self._last.pop(node_id, None)
            case ExecutionSuccess() | Executing(node_id=None):
                self._over.set()
        return None

    async def settle(self, patience: float = _SETTLE_SECONDS) -> None:
        """Wait for frames still on their way, until the socket reports the prompt's end or breaks."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._unbroken and not self._over.is_set():
                    await first_set(self._over, seconds=_LOOK_SECONDS)

    def missing(self, sent: Mapping[str, int], skipped: Collection[str]) -> bool:
        """Whether an image did not arrive. `sent`: counts from the history; `skipped`: nodes that never ran."""
        return any(
            self._received[node_id] < max(self._announced.get(node_id, 0), sent.get(node_id, 0), 1)
            # Without any count, only a socket that never broke proves that all have arrived.
            or not (node_id in self._announced or node_id in sent or self._unbroken)
            for node_id in self.senders - set(skipped)
        )

    @property
    def _unbroken(self) -> bool:
        return self._stream.breaks == self._breaks and self._stream.connected.is_set()
