"""A run's files: fetched while the rest still runs, or taken from the socket. None of them has to fit into memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.comfyui import ComfyUI, three_times
from bot.errors import Lost, Oversized, Refused
from bot.spool import Box, Content, size_of
from bot.worker.files.png_metadata import rewritten
from bot.workflows import OutputFile, Pack, Picked, kind_of, pick

log = logging.getLogger(__name__)

_MOST_FILES: Final = 100
"""Files of one run; nobody looks through more in one message."""
_LARGEST_PICTURE: Final = 256 * 2**20
"""Bytes. A smaller copy can be made of a picture, so it may be larger than what Discord takes."""
_MOST_BYTES: Final = 2**30
"""Of all files of one run together, on disk."""
_AT_ONCE: Final = 4
"""Files of one run that are fetched at the same time."""


@dataclass(frozen=True, slots=True)
class Collected:
    """A file for a member. `content` None: it has `size` bytes, and nothing that large can be sent."""

    picked: Picked
    content: Content | None
    size: int


class Collecting:
    """Downloads of one job's files into its box, each begun once. `limit`: bytes that Discord takes a file. `texts`:
    what PNGs carry instead of what they came with; None: they stay as they are.
    """

    def __init__(self, server: ComfyUI, limit: int, box: Box, texts: Mapping[str, str] | None = None) -> None:
        self._texts = texts
        self._server = server
        self._limit = limit
        self._box = box
        self.withheld = 0
        """Files that the server has and does not hand over."""
        self._left = _MOST_BYTES
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._arriving: dict[OutputFile, asyncio.Task[Content | int]] = {}
        self._received: dict[OutputFile, None] = {}

    def begin(self, file: OutputFile) -> None:
        """Start to fetch a file that the server has just finished."""
        if len(self._arriving) < _MOST_FILES:
            self._start(file)

    def receive(self, file: OutputFile, content: bytes) -> None:
        """Take a picture that came over the socket."""
        if len(self._received) < _MOST_FILES:
            self._received[file] = None
            self._arriving[file] = asyncio.create_task(self._keep(content), name=f"keep {file.filename}")

    def forget_received(self) -> None:
        """Not all came over the socket: they will be there as files."""
        for file in self._received:
            self._arriving.pop(file).cancel()
        self._received.clear()

    async def collect(self, pack: Pack, files: Sequence[OutputFile], *, some: bool = False) -> list[Collected]:
        """What a member gets of these files and of what was received. Raises as `fetched`."""
        return await self.fetched(pick(pack, [*self._received, *files])[:_MOST_FILES], some=some)

    async def fetched(self, picked: Sequence[Picked], *, some: bool = False) -> list[Collected]:
        """These files, all of them there but those that were only guessed, and those that the server does not hand
        over (`withheld`); where it hands over none, `Refused` is raised. Raises `Lost` where one of them is gone, with
        `some` only where nothing else is left; `Unreachable` or `SpoolFailed`.
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

    def close(self) -> None:
        """Drop what is still under way."""
        for task in self._arriving.values():
            task.cancel()

    async def _collected(self, picked: Picked) -> Collected:
        # Shielded: a draft that is no longer wanted must not take the download away from the end result.
        found = await asyncio.shield(self._arriving[picked.file])
        return Collected(picked, None, found) if isinstance(found, int) else Collected(picked, found, size_of(found))

    def _start(self, file: OutputFile) -> None:
        if file not in self._arriving:
            self._arriving[file] = asyncio.create_task(self._fetch(file), name=f"fetch {file.filename}")

    async def _keep(self, content: bytes) -> Content | int:
        if not self._counts(len(content)):
            return len(content)
        return await rewritten(self._box, await self._box.put(content), self._texts)

    async def _fetch(self, file: OutputFile) -> Content | int:
        """The file, or how many bytes it has where they are too many."""
        async with self._turns:
            try:
                stored = await three_times(self._server, "/view", partial(self._stored, file))
            except Oversized as fault:
                return fault.size
            return await rewritten(self._box, stored, self._texts)

    async def _stored(self, file: OutputFile) -> Content:
        most = _LARGEST_PICTURE if kind_of(file.filename) == "image" else self._limit
        async with self._box.writing() as writing:
            await self._server.fetch_into(file, min(most, self._left), writing.write)
            content = await writing.done()
        if not size_of(content):
            raise Refused("/view", 0, f"{file.filename} is empty")
        if not self._counts(size_of(content)):
            raise Oversized(file.filename, size_of(content))
        return content

    def _counts(self, size: int) -> bool:
        """Whether the run may have so many bytes more."""
        if size > self._left:
            return False
        self._left -= size
        return True
