"""Finished pictures that a run sends over the socket, and whether all of them arrived."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from typing import Final

from bot.comfyui.connection.stream import Stream
from bot.comfyui.protocol.events import Event, Executing, ExecutionSuccess, Preview, Tick
from bot.concurrency import first_set
from bot.workflows import Graph, OutputFile, socket_file

_SETTLE_SECONDS: Final = 10.0
"""The history may know of the end while large frames are still on their way. Waiting longer than that costs more than
to have the pictures saved and to fetch them."""
_LOOK_SECONDS: Final = 0.2


class SocketPictures:
    """Of one prompt. Made before its submit, so that it knows whether the socket was there all the time.

    Counting too few only means that they are saved and fetched as well; counting too many would lose one.

    `graph` is the pack's own; `senders` are the nodes whose frames are pictures, not previews.
    """

    def __init__(self, graph: Graph, senders: Collection[str], stream: Stream) -> None:
        self.senders = frozenset(senders)
        self._graph = graph
        self._stream = stream
        self._breaks = stream.breaks if stream.connected.is_set() else None
        self._over = asyncio.Event()
        self._received: dict[str, int] = dict.fromkeys(self.senders, 0)
        self._announced: dict[str, int] = {}
        self._last: dict[str, int] = {}
        """The hash of each sender's last picture: the picture itself may be large."""

    def take(self, event: Event) -> tuple[OutputFile, bytes] | None:
        """The finished picture that this event carries, if it does."""
        match event:
            case Preview(node_id=str() as node_id, image_type=image_type, image=image) if node_id in self.senders:
                # The same frame twice: each picture of a batch has a step of its own, even if it looks the same.
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
        """Wait for the frames that are still on their way: until the socket says that the prompt is over, or breaks."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._unbroken and not self._over.is_set():
                    await first_set(self._over, seconds=_LOOK_SECONDS)

    def missing(self, sent: Mapping[str, int], skipped: Collection[str]) -> bool:
        """Whether a picture did not arrive. `sent`: what nodes say in the history; `skipped`: nodes that never ran."""
        return any(
            self._received[node_id] < max(self._announced.get(node_id, 0), sent.get(node_id, 0), 1)
            # Nobody said how many there are: then only a socket that never broke is to be believed.
            or not (node_id in self._announced or node_id in sent or self._unbroken)
            for node_id in self.senders - set(skipped)
        )

    @property
    def _unbroken(self) -> bool:
        return self._stream.breaks == self._breaks and self._stream.connected.is_set()
