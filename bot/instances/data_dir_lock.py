"""One process a DATA_DIR. Two would answer everything twice, and run every job twice."""

import contextlib
import json
import logging
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from bot.errors import AlreadyRunning
from bot.operating_system.file_locks import try_lock

log = logging.getLogger(__name__)

_NAME: Final = "darkroom.lock"


@contextlib.contextmanager
def only_process(folder: Path) -> Iterator[None]:
    """Keep every other process out of the folder within the block. Raises `AlreadyRunning` if one is in it.

    The operating system releases the lock with the process, so one that was killed leaves nothing behind that must be
    cleaned up. A folder that cannot be written to, or a file system without locks, keeps nobody out; the log says so.
    """
    try:
        file = os.fdopen(os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as fault:
        log.warning("cannot make sure that this is the only process with this DATA_DIR: %s", fault)
        yield
        return
    with file:
        try:
            locked = try_lock(file)
        except OSError as fault:
            log.warning("cannot make sure that this is the only process with this DATA_DIR: %s", fault)
            yield
            return
        if not locked:
            raise AlreadyRunning(str(folder.absolute()), _described(file))
        _sign(file)
        yield


def _sign(file: IO[bytes]) -> None:
    """Write down who has the lock, for the next process to name."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    with contextlib.suppress(OSError):
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "machine": socket.gethostname(), "since": began}).encode())
        file.flush()


def _described(file: IO[bytes]) -> str:
    """Who has the lock, in a few words."""
    try:
        found: dict[str, Any] = json.loads(file.read())
        since = datetime.fromisoformat(found["since"])
        return f"process {found['pid']} on {found['machine']}, since {since:%Y-%m-%d %H:%M:%S} UTC"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process, which has only just begun"
