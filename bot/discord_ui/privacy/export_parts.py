"""Packs the files of an export into zips that fit an upload limit."""

import asyncio
import zipfile
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bot.spool import Box, Content, Spooled, created, failed, size_of

_MOST_PARTS: Final = 8
_ENTRY_BYTES: Final = 400
"""What a zip needs for a file besides its content: its name twice, and the headers."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file of an export."""

    name: str
    content: Content
    compressed: bool = False


class Parts:
    """Zips of at most `limit` bytes each. What has no room in any of them counts as `omitted`."""

    def __init__(self, box: Box, limit: int) -> None:
        self.omitted = 0
        self._box = box
        self._limit = limit
        self._parts: list[list[Item]] = [[]]
        self._room = [limit - _ENTRY_BYTES]

    @property
    def full(self) -> bool:
        """Whether the last part is nearly full."""
        return len(self._parts) == _MOST_PARTS and self._room[-1] < self._limit // 10

    async def fill(self, items: AsyncIterator[Item]) -> None:
        """Add all items, each to the first part with room for it."""
        async for item in items:
            size = size_of(item.content)
            if item.compressed and isinstance(item.content, bytes):
                size = len(await asyncio.to_thread(zlib.compress, item.content)) + _ENTRY_BYTES
            self._add(item, size + _ENTRY_BYTES)

    async def zipped(self) -> Sequence[Spooled]:
        """The zips, on disk. Raises `SpoolFailed`."""
        made = []
        for part in self._parts:
            path = await self._box.new_path()
            try:
                made.append(await asyncio.to_thread(partial(_zip, path, part)))
            except OSError as fault:
                raise failed(fault) from fault
        return made

    def _add(self, item: Item, size: int) -> None:
        for number, room in enumerate(self._room):
            if size <= room:
                self._parts[number].append(item)
                self._room[number] -= size
                return
        if len(self._parts) < _MOST_PARTS and size <= self._limit - _ENTRY_BYTES:
            self._parts.append([item])
            self._room.append(self._limit - _ENTRY_BYTES - size)
        else:
            self.omitted += 1


def _zip(path: Path, items: Sequence[Item]) -> Spooled:
    with created(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for item in items:
            how = zipfile.ZIP_DEFLATED if item.compressed else zipfile.ZIP_STORED
            if isinstance(item.content, Spooled):
                archive.write(item.content.path, item.name, how)
            else:
                archive.writestr(item.name, item.content, how)
    return Spooled(path, path.stat().st_size)
