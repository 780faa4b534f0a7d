"""Where files wait between ComfyUI and Discord, without filling the memory.

What is small stays in memory as long as the process's budget has room for it: an ordinary image never touches the disk.
Everything else is written to the spool's folder while it arrives, and read again while it is sent. The files of one
errand (a job, a command) are in one box; they are deleted when it is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Final, Self

from bot.errors import SpoolFailed
from bot.operating_system.open_files import as_files_allow
from bot.spool.content import Content, Spooled
from bot.spool.folders import Folders

log = logging.getLogger(__name__)

SMALL: Final = 2**21
"""Bytes. Larger files always go to disk; an image of 1024 x 1024 pixels has one to two million."""
_MEMORY: Final = 32 * 2**20
"""Bytes of small files that the process holds at the same time."""
_BLOCK: Final = 2**18
"""Bytes that are written at once: large enough that a thread is worth it."""


class Spool:
    """One for the process. `memory` is the budget in bytes; `heavy` is for what has to hold a large file in memory as a
    whole (a row of the database): one at a time.
    """

    def __init__(self, folder: Path, memory: int = _MEMORY) -> None:
        self.heavy = asyncio.Lock()
        self._folders = Folders(folder)
        self._free = memory
        self._numbers = itertools.count(1)

    def open(self) -> None:
        """Delete what was left behind. Whatever was in there is fetched again from where it came from."""
        self._folders.sweep()

    def close(self) -> None:
        """Delete everything."""
        self._folders.close()

    def box(self) -> Box:
        """`async with spool.box() as box`: a place for the files of one errand."""
        return Box(self)

    def take(self, size: int) -> bool:
        """Whether the budget has room for `size` more bytes; if so, they are taken from it."""
        if size > self._free:
            return False
        self._free -= size
        return True

    def give_back(self, size: int) -> None:
        """Those bytes are no longer held."""
        self._free += size

    def new_folder(self) -> Path:
        """A new folder in this process's part of the spool. Raises `OSError`."""
        folder = self._folders.own() / str(next(self._numbers))
        folder.mkdir(mode=0o700)
        return folder


class Box:
    """The files of one errand. Closing it deletes them; what reads one of them at that moment may finish."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self._folder: Path | None = None
        self._held = 0
        self._numbers = itertools.count(1)
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self.spool.give_back(self._held)
        self._held = 0
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def writing(self) -> Writing:
        """`async with box.writing() as writing`: one more file, as it arrives."""
        return Writing(self)

    async def put(self, content: bytes) -> Content:
        """One more file that is in memory already. Raises `SpoolFailed`."""
        async with self.writing() as writing:
            await writing.write(content)
            return await writing.done()

    async def on_disk(self, content: Content) -> Spooled:
        """The content as a file, for another process. Raises `SpoolFailed`."""
        if isinstance(content, Spooled):
            return content
        path = await self.new_path()
        try:
            await as_files_allow(partial(asyncio.to_thread, _write, path, content))
        except OSError as fault:
            raise failed(fault) from fault
        return Spooled(path, len(content))

    async def new_path(self) -> Path:
        """Where one more file may be written. Raises `SpoolFailed`."""
        try:
            await as_files_allow(self._make_folder)
        except OSError as fault:
            raise failed(fault) from fault
        if self._folder is None:
            raise SpoolFailed("the box is closed")
        return self._folder / str(next(self._numbers))

    async def _make_folder(self) -> None:
        if self._folder is None and not self._closed:
            self._folder = self.spool.new_folder()

    def hold(self, size: int) -> bool:
        """Whether `size` more bytes may stay in memory until the box is closed."""
        if self._closed or not self.spool.take(size):
            return False
        self._held += size
        return True

    def let_go(self, size: int) -> None:
        """Those bytes are on disk now."""
        if not self._closed:
            self._held -= size
            self.spool.give_back(size)


class Writing:
    """A file that arrives piece by piece. After `done` it is the box's; without that nothing is left of it."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._pending: list[bytes] = []
        self._length = 0
        """Bytes of `pending`."""
        self._counted = 0
        """Those of them that are in the budget: all but the newest block."""
        self._path: Path | None = None
        self._file: IO[bytes] | None = None
        self._size = 0
        self._done = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._done:
            self._box.let_go(self._counted)
            if self._file is not None and self._path is not None:
                await asyncio.to_thread(_drop, self._file, self._path)

    async def write(self, piece: bytes) -> None:
        """The next piece. Raises `SpoolFailed`."""
        self._pending.append(piece)
        self._length += len(piece)
        if self._length - self._counted >= _BLOCK and not self._stays():
            await self._spill()

    async def done(self) -> Content:
        """The whole file. Raises `SpoolFailed`."""
        if self._stays():
            self._done = True
            return b"".join(self._pending)
        await self._spill()
        assert self._file is not None  # noqa: S101 - it was opened by the line above
        assert self._path is not None  # noqa: S101
        try:
            await asyncio.to_thread(self._file.close)
        except OSError as fault:
            raise failed(fault) from fault
        self._done = True
        return Spooled(self._path, self._size)

    def _stays(self) -> bool:
        """Whether what is here so far may stay in memory."""
        more = self._length - self._counted
        if self._path is not None or self._length > SMALL or not self._box.hold(more):
            return False
        self._counted += more
        return True

    async def _spill(self) -> None:
        if self._path is None:
            self._path = await self._box.new_path()
        block, self._pending = self._pending, []
        self._size += self._length
        self._length = 0
        try:
            await as_files_allow(partial(asyncio.to_thread, self._append, self._path, block))
        except OSError as fault:
            raise failed(fault) from fault
        finally:
            self._box.let_go(self._counted)
            self._counted = 0

    def _append(self, path: Path, block: Sequence[bytes]) -> None:
        if self._file is None:
            self._file = created(path)
        self._file.writelines(block)


def created(path: Path) -> BinaryIO:
    """A new file that nobody else may read. Blocks for a moment; raises `OSError`."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _write(path: Path, content: bytes) -> None:
    with created(path) as file:
        file.write(content)


def _drop(file: IO[bytes], path: Path) -> None:
    with contextlib.suppress(OSError):
        file.close()
    path.unlink(missing_ok=True)


def failed(fault: OSError) -> SpoolFailed:
    """What becomes of a file that the operating system does not let us write or read."""
    log.error("the spool cannot be used: %s", fault)
    return SpoolFailed(str(fault))
