"""One process a DATA_DIR, and one an SQLite file. Two would answer everything twice, and run every job twice."""

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
from bot.operating_system.private_files import make_private_folder

log = logging.getLogger(__name__)

_NAME: Final = "darkroom.lock"


@contextlib.contextmanager
def only_process(folder: Path, database: Path | None = None) -> Iterator[None]:
    """Keep every other process out of the folder, and away from the SQLite file, within the block. Raises
    `AlreadyRunning` if one is there.

    The operating system releases a lock with its process, so one that was killed leaves nothing behind that must be
    cleaned up. A folder that cannot be written to, or a file system without locks, keeps nobody out; the log says so.
    """
    with contextlib.ExitStack() as held:
        held.enter_context(_only_user(folder / _NAME, folder, "DATA_DIR"))
        if database is not None:
            # By its real name, whichever link leads to it. Not the file itself: closing that would end SQLite's locks.
            file = database.resolve()
            # If the folder cannot be created, the database reports that.
            with contextlib.suppress(OSError):
                make_private_folder(file.parent)
            held.enter_context(_only_user(file.with_name(f"{file.name}.lock"), file, "DATABASE_URL"))
        yield


@contextlib.contextmanager
def _only_user(lock: Path, of: Path, setting: str) -> Iterator[None]:
    try:
        file = os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as fault:
        log.warning("cannot make sure that this is the only process with this %s: %s", setting, fault)
        yield
        return
    with file:
        try:
            locked = try_lock(file)
        except OSError as fault:
            log.warning("cannot make sure that this is the only process with this %s: %s", setting, fault)
            yield
            return
        if not locked:
            raise AlreadyRunning(str(of.absolute()), _described(file), setting)
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
