"""Downloads a run's files while the rest still runs, or takes them from the socket. None has to fit into memory."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from bot.comfyui import Server, three_times
from bot.errors import Lost, Oversized, Refused
from bot.spool import Box, Content, size_of
from bot.worker.files.compositing import Compositor
from bot.worker.files.png_metadata import rewritten
from bot.workflows import OutputFile, Pack, Picked, kind_of, pick

log = logging.getLogger(__name__)

_MOST_FILES: Final = 100
"""Files per run. Nobody looks through more in one message."""
_LARGEST_PICTURE: Final = 256 * 2**20
"""Bytes. An image may be larger than Discord accepts, because a smaller copy can be made."""
_MOST_BYTES: Final = 2**30
"""Of all files of one run together, on disk."""
_AT_ONCE: Final = 4
"""How many files of one run are downloaded at the same time."""


Sign = Callable[[Box, Content, int], Awaitable[Content]]
"""Signs a file, unless the signed one would exceed a number of bytes."""


@dataclass(frozen=True, slots=True)
class Collected:
    """A file for a member. `content` is None if its `size` (bytes) is too large to be sent."""

    picked: Picked
    content: Content | None
    size: int


class Downloads:
    """Downloads one job's files into its box, each file once. `limit` is Discord's limit in bytes per file. `texts`
    replaces the text chunks of PNGs; None keeps them. `compositor` puts images into the original that they change.
    `mark` writes the AI mark, `sign` the operator's signature over all that.
    """

    def __init__(
        self,
        server: Server,
        limit: int,
        box: Box,
        texts: Mapping[str, str] | None = None,
        compositor: Compositor | None = None,
        *,
        mark: bool = False,
        sign: Sign | None = None,
    ) -> None:
        self._texts = texts
        self._mark = mark
        self._sign = sign
        self._compositor = compositor
        self._composites: set[OutputFile] = set()
        self._server = server
        self._limit = limit
        self._box = box
        self.withheld = 0
        """How many files the server has but refuses to hand over."""
        self._left = _MOST_BYTES
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[OutputFile, asyncio.Task[Content | int]] = {}
        self._received: dict[OutputFile, None] = {}

    def begin(self, file: OutputFile) -> None:
        """Start to download a file that the server has finished."""
        if len(self._tasks) < _MOST_FILES:
            self._start(file)

    def receive(self, file: OutputFile, content: bytes) -> None:
        """Keep an image that came over the socket."""
        if len(self._received) < _MOST_FILES:
            self._received[file] = None
            self._tasks[file] = asyncio.create_task(self._keep(file, content), name=f"keep {file.filename}")

    def forget_received(self) -> None:
        """Drop the images from the socket, because some are missing: all will be downloaded as files."""
        for file in self._received:
            self._tasks.pop(file).cancel()
        self._received.clear()

    async def collect(self, pack: Pack, files: Sequence[OutputFile], *, some: bool = False) -> list[Collected]:
        """What a member gets of these files and of those from the socket. Raises like `fetched`."""
        return await self.fetched(pick(pack, [*self._received, *files])[:_MOST_FILES], some=some)

    async def fetched(self, picked: Sequence[Picked], *, some: bool = False) -> list[Collected]:
        """Download these files. Omits guessed files that do not exist and files that the server refuses to hand over
        (counted in `withheld`). Raises `Refused` if the server refuses all, `Lost` if a file is gone (with `some`: only
        if no file is left), `Unreachable` or `SpoolFailed`.
        """
        for item in picked:
            self._start(item.file)
        collected: list[Collected] = []
        missing: list[Lost | Refused] = []
        for item in picked:
            try:
                collected.append(await self._collected(item))
            except (Lost, Refused) as fault:
                if item.file.guessed:
                    continue
                if isinstance(fault, Lost) and not some:
                    raise
                log.warning("could not download a file: %s", fault)
                missing.append(fault)
        if missing and not collected:
            raise missing[0]
        self.withheld = len(missing)
        return collected

    @property
    def composited(self) -> bool:
        """Whether an image has been put into the original that it changes."""
        return bool(self._composites)

    def close(self) -> None:
        """Cancel running downloads."""
        for task in self._tasks.values():
            task.cancel()

    async def _collected(self, picked: Picked) -> Collected:
        # Shielded: cancelling a draft must not cancel a download that the final result needs.
        found = await asyncio.shield(self._tasks[picked.file])
        if picked.file in self._composites:
            png = str(PurePosixPath(picked.file.filename).with_suffix(".png"))
            picked = replace(picked, file=replace(picked.file, filename=png))
        return Collected(picked, None, found) if isinstance(found, int) else Collected(picked, found, size_of(found))

    def _start(self, file: OutputFile) -> None:
        if file not in self._tasks:
            self._tasks[file] = asyncio.create_task(self._fetch(file), name=f"fetch {file.filename}")

    async def _keep(self, file: OutputFile, content: bytes) -> Content | int:
        if not self._reserve(len(content)):
            return len(content)
        return await self._finished(file, await self._box.put(content))

    async def _fetch(self, file: OutputFile) -> Content | int:
        """The file, or its size in bytes if it is too large."""
        async with self._at_once:
            try:
                stored = await three_times(self._server, "/view", partial(self._stored, file))
            except Oversized as fault:
                return fault.size
            return await self._finished(file, stored)

    async def _finished(self, file: OutputFile, stored: Content) -> Content:
        """The file as a member gets it."""
        if self._compositor is not None and kind_of(file.filename) == "image":
            made = await self._compositor.put(stored)
            if made is not None:
                self._composites.add(file)
                stored = made
        stored = await rewritten(self._box, stored, self._texts, mark=self._mark)
        if self._sign is None:
            return stored
        # An image that has become too large gives way to a smaller copy, which is signed again; nothing else could.
        most = _LARGEST_PICTURE if kind_of(file.filename) == "image" else self._limit
        return await self._sign(self._box, stored, most)

    async def _stored(self, file: OutputFile) -> Content:
        most = _LARGEST_PICTURE if kind_of(file.filename) == "image" else self._limit
        async with self._box.writing() as writing:
            await self._server.fetch_into(file, min(most, self._left), writing.write)
            content = await writing.done()
        if not size_of(content):
            raise Refused("/view", 0, f"{file.filename} is empty")
        if not self._reserve(size_of(content)):
            raise Oversized(file.filename, size_of(content))
        return content

    def _reserve(self, size: int) -> bool:
        """Count these bytes towards the run's limit. False if they exceed it."""
        if size > self._left:
            return False
        self._left -= size
        return True
