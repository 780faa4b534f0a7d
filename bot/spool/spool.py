"""Store files on their way between ComfyUI and Discord without filling the memory.

Small files stay in memory while the process's budget has room, so an ordinary image never touches the disk. All others
are written to the spool's folder as they arrive and read again as they are sent. The files of one task (a job, a
command) share a box and are deleted when it is closed.
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
"""Bytes. Larger files always go to disk; a 1024 x 1024 image has one to two million."""
_MEMORY: Final = 32 * 2**20
"""Bytes of small files that the process keeps in memory at the same time."""
_BLOCK: Final = 2**18
"""Bytes written at once, enough to be worth a thread."""


class Spool:
    """The spool; one instance per process. `memory` is its budget in bytes. Hold `heavy` while a whole large file must
    be in memory (for a database row), so that there is only one at a time.
    """

    def __init__(self, folder: Path, memory: int = _MEMORY) -> None:
        self.heavy = asyncio.Lock()
        self._folders = Folders(folder)
        self._free = memory
        self._numbers = itertools.count(1)

    def open(self) -> None:
        """Delete files left over from a crash. Their jobs fetch them from the source again."""
        self._folders.sweep()

    def close(self) -> None:
        """Delete everything."""
        self._folders.close()

    def box(self) -> Box:
        """`async with spool.box() as box`: temporary storage for the files of one task."""
        return Box(self)

    def take(self, size: int) -> bool:
        """Reserve `size` bytes of the budget. False if there is no room."""
        if size > self._free:
            return False
        self._free -= size
        return True

    def give_back(self, size: int) -> None:
        """Return reserved bytes to the budget."""
        self._free += size

    def new_folder(self) -> Path:
        """A new folder within this process's folder. Raises `OSError`."""
        folder = self._folders.own() / str(next(self._numbers))
        folder.mkdir(mode=0o700)
        return folder


class Box:
    """The files of one task. Closing the box deletes them; a read already in progress may finish."""

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
        """`async with box.writing() as writing`: add a file while it arrives."""
        return Writing(self)

    async def put(self, content: bytes) -> Content:
        """Add a file that is in memory already. Raises `SpoolFailed`."""
        async with self.writing() as writing:
            await writing.write(content)
            return await writing.done()

    async def on_disk(self, content: Content) -> Spooled:
        """The content as a file on disk, for another process. Raises `SpoolFailed`."""
        if isinstance(content, Spooled):
            return content
        path = await self.new_path()
        try:
            await as_files_allow(partial(asyncio.to_thread, _write, path, content))
        except OSError as fault:
            raise failed(fault) from fault
        return Spooled(path, len(content))

    async def new_path(self) -> Path:
        """A path for a new file. Raises `SpoolFailed`."""
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
        """Keep `size` more bytes in memory until the box is closed. False if there is no room."""
        if self._closed or not self.spool.take(size):
            return False
        self._held += size
        return True

    def let_go(self, size: int) -> None:
        """Release bytes that are on disk now."""
        if not self._closed:
            self._held -= size
            self.spool.give_back(size)


class Writing:
    """A file that arrives piece by piece. The box keeps it after `done`; without `done` it is deleted."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._pending: list[bytes] = []
        self._length = 0
        """Bytes in `_pending`."""
        self._reserved = 0
        """How many of those bytes are counted in the budget: all except the newest block."""
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
            self._box.let_go(self._reserved)
            if self._file is not None and self._path is not None:
                await asyncio.to_thread(_close_and_delete, self._file, self._path)

    async def write(self, piece: bytes) -> None:
        """Add a piece. Raises `SpoolFailed`."""
        self._pending.append(piece)
        self._length += len(piece)
        if self._length - self._reserved >= _BLOCK and not self._stay_in_memory():
            await self._spill()

    async def done(self) -> Content:
        """Finish the file and return it. Raises `SpoolFailed`."""
        if self._stay_in_memory():
            self._done = True
            return b"".join(self._pending)
        await self._spill()
        assert self._file is not None  # noqa: S101 - opened by `_spill`
        assert self._path is not None  # noqa: S101
        try:
            await asyncio.to_thread(self._file.close)
        except OSError as fault:
            raise failed(fault) from fault
        self._done = True
        return Spooled(self._path, self._size)

    def _stay_in_memory(self) -> bool:
        """Whether the pieces so far may stay in memory."""
        more = self._length - self._reserved
        if self._path is not None or self._length > SMALL or not self._box.hold(more):
            return False
        self._reserved += more
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
            self._box.let_go(self._reserved)
            self._reserved = 0

    def _append(self, path: Path, block: Sequence[bytes]) -> None:
        if self._file is None:
            self._file = created(path)
        self._file.writelines(block)


def created(path: Path) -> BinaryIO:
    """Create a file that only its owner can read, to write and read it. Blocks briefly; raises `OSError`."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")


def _write(path: Path, content: bytes) -> None:
    with created(path) as file:
        file.write(content)


def _close_and_delete(file: IO[bytes], path: Path) -> None:
    with contextlib.suppress(OSError):
        file.close()
    path.unlink(missing_ok=True)


def failed(fault: OSError) -> SpoolFailed:
    """Log an error of the operating system about a spool file and convert it."""
    log.error("the spool cannot be used: %s", fault)
    return SpoolFailed(str(fault))
