"""The spool's folders on disk: one for each process. Folders of processes that have ended are deleted."""

import contextlib
import logging
import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import IO, Final

log = logging.getLogger(__name__)

_LOCK: Final = ".lock"
_TRIES: Final = 5


class Folders:
    """The folders under `top`, which all processes with the same DATA_DIR share. For its folder NAME, a process holds a
    locked file NAME.lock there. The operating system releases the lock when the process ends, even by a crash.
    """

    def __init__(self, top: Path) -> None:
        self._top = top
        self._own: Path | None = None
        self._lock: tuple[Path, IO[bytes]] | None = None

    def sweep(self) -> None:
        """Delete the folders of processes that crashed. Errors are only logged, because leftovers only take up space on
        the disk.
        """
        try:
            for lock in self._top.glob(f"*{_LOCK}"):
                _clear_if_left(lock, lock.with_suffix(""))
        except OSError as fault:
            log.warning("could not empty the spool: %s", fault)

    def own(self) -> Path:
        """The folder of this process, created on first use. Raises `OSError`."""
        if self._own is None:
            self._top.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = self._locked()
            own = self._lock[0].with_suffix("")
            own.mkdir(mode=0o700)
            self._own = own
        return self._own

    def close(self) -> None:
        """Delete this process's folder."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._own = None
        if self._lock is not None:
            path, lock = self._lock
            lock.close()
            with contextlib.suppress(OSError):
                path.unlink()
            self._lock = None

    def _locked(self) -> tuple[Path, IO[bytes]]:
        for _ in range(_TRIES):
            path = self._top / f"{uuid.uuid4().hex}{_LOCK}"
            lock = _private(path)
            # Between these two lines, another process's sweep may find the file unlocked and delete it.
            if _take(lock) and path.exists():
                return path, lock
            lock.close()
        raise OSError(f"{self._top}: no lock can be kept there")


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "r+b")


if sys.platform == "win32":

    def _take(_: IO[bytes]) -> bool:
        return True  # Windows does not delete a file that is open, so being open is the lock

    def _clear_if_left(lock: Path, folder: Path) -> None:
        with contextlib.suppress(PermissionError):
            lock.unlink()
            shutil.rmtree(folder, ignore_errors=True)

else:
    import fcntl

    def _take(lock: IO[bytes]) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _clear_if_left(lock: Path, folder: Path) -> None:
        with contextlib.suppress(FileNotFoundError), lock.open("r+b") as found:
            if _take(found):
                # Keep the lock until both are deleted, so that a process waiting for it then finds the file gone.
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink()
