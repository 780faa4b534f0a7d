"""A run's files: fetched while the rest still runs, or taken from the socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.comfyui import ComfyUI
from bot.errors import Lost, Oversized, Unreachable
from bot.worker.embedding import Rewrite
from bot.workflows import OutputFile, Pack, Picked, kind_of, pick

log = logging.getLogger(__name__)

_MOST_FETCHED: Final = 100
"""Files of one run; nobody looks through more in one message."""
_LARGEST_PICTURE: Final = 256 * 2**20
"""Bytes. A smaller copy can be made of a picture, so it may be larger than what Discord takes."""
_RETRY_SECONDS: Final = (0.2, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Collected:
    """A file for a member. `content` None: it has `size` bytes, and nothing that large can be sent."""

    picked: Picked
    content: bytes | None
    size: int


class Collecting:
    """Downloads of one job's files, each begun once. `limit`: bytes that Discord takes a file. `rewrite`: what is done
    to each of them.
    """

    def __init__(self, server: ComfyUI, limit: int, rewrite: Rewrite | None = None) -> None:
        self._rewrite = rewrite
        self._server = server
        self._limit = limit
        self._downloads: dict[OutputFile, asyncio.Task[bytes | int]] = {}
        self._received: dict[OutputFile, bytes] = {}

    def begin(self, file: OutputFile) -> None:
        """Start to fetch a file that the server has just finished."""
        if file not in self._downloads and file not in self._received:
            self._downloads[file] = asyncio.create_task(self._fetch(file), name=f"fetch {file.filename}")

    def begin_early(self, file: OutputFile) -> None:
        """The same while the run goes on, unless there are as many already as anybody gets."""
        if len(self._downloads) < _MOST_FETCHED:
            self.begin(file)

    def receive(self, file: OutputFile, content: bytes) -> None:
        """Take a picture that came over the socket, unless there are as many already as anybody gets."""
        if len(self._received) < _MOST_FETCHED:
            self._received[file] = content

    def forget_received(self) -> None:
        """Not all came over the socket: they will be there as files."""
        self._received.clear()

    async def collect(self, pack: Pack, files: Sequence[OutputFile]) -> list[Collected]:
        """What a member gets of these files and of what was received. Raises `Lost` or `Unreachable`."""
        picked = pick(pack, [*self._received, *files])[:_MOST_FETCHED]
        return await self.fetched(picked)

    async def fetched(self, picked: Sequence[Picked]) -> list[Collected]:
        """These files with their bytes, fetched at the same time; without those that were only guessed and are not
        there. Raises `Lost` or `Unreachable`.
        """
        for item in picked:
            self.begin(item.file)
        return [found for item in picked if (found := await self._collected(item)) is not None]

    def close(self) -> None:
        """Drop what is still under way."""
        for task in self._downloads.values():
            task.cancel()

    async def _collected(self, picked: Picked) -> Collected | None:
        found: bytes | int | None = self._received.get(picked.file)
        if found is None:
            try:
                # Shielded: a draft that is no longer wanted must not take the download away from the end result.
                found = await asyncio.shield(self._downloads[picked.file])
            except Lost:
                if picked.file.guessed:
                    return None
                raise
        if isinstance(found, int):
            return Collected(picked, None, found)
        content = found if self._rewrite is None else await asyncio.to_thread(self._rewrite, found)
        return Collected(picked, content, len(content))

    async def _fetch(self, file: OutputFile) -> bytes | int:
        """The bytes, or how many they are where they are too many."""
        most = _LARGEST_PICTURE if kind_of(file.filename) == "picture" else self._limit
        for pause in (*_RETRY_SECONDS, None):
            try:
                return await self._server.fetch(file, most)
            except Oversized as fault:
                return fault.size
            except Unreachable as fault:
                if pause is None:
                    raise
                log.info("a file will be fetched again: %s", fault)
                await asyncio.sleep(pause)
        raise AssertionError  # the last round returned or raised
