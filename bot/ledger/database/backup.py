"""Copies an SQLite ledger before its tables are upgraded. The copy is complete, or it does not exist."""

import contextlib
import filecmp
import os
import sqlite3
import stat
from itertools import count
from pathlib import Path
from typing import Final

from bot.errors import LedgerNotCopied

_PART: Final = ".part"
"""File name suffix of a copy that is still being written."""


def copy_path(ledger: Path, revision: str) -> Path:
    """Path of the copy that is kept before the upgrade to this revision."""
    return ledger.with_name(f"{ledger.name}.before-{revision}")


def copy_before(ledger: Path, revision: str) -> Path:
    """Copy the ledger, including its write-ahead log, to a file beside it. Returns the copy's path.

    Nobody else may write to the ledger during the copy, because the copy must match what is upgraded. An existing copy
    is never overwritten: an identical one is reused, otherwise the new one gets a number. Raises `LedgerNotCopied`.
    """
    wanted = copy_path(ledger, revision)
    part = wanted.with_name(wanted.name + _PART)
    try:
        _remove(part)
        _write(ledger, part)
        return _settle(part, wanted)
    except (OSError, sqlite3.Error) as fault:
        with contextlib.suppress(OSError):
            _remove(part)
        reason = os.strerror(fault.errno) if isinstance(fault, OSError) and fault.errno else str(fault)
        raise LedgerNotCopied(str(ledger), str(wanted), reason) from fault


def _write(ledger: Path, part: Path) -> None:
    # Readable by the owner alone until it is complete, because it contains members' prompts.
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        contextlib.closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(part)) as target,
    ):
        source.backup(target)
    # Some file systems have no permissions. The copy then keeps the mode it was created with.
    with contextlib.suppress(OSError):
        part.chmod(stat.S_IMODE(ledger.stat().st_mode))
    _sync(part)


def _settle(part: Path, wanted: Path) -> Path:
    """Rename the finished copy. Returns the path of an earlier copy if that is identical."""
    for number in count(1):
        path = wanted if number == 1 else wanted.with_name(f"{wanted.name}.{number}")
        if not path.exists():
            part.rename(path)
            # Some systems cannot sync a folder. The new name then reaches the disk a moment later.
            with contextlib.suppress(OSError):
                _sync(path.parent)
            return path
        # A start that fails and is retried must not fill the disk with identical copies.
        if filecmp.cmp(part, path, shallow=False):
            part.unlink()
            return path
    raise AssertionError


def _sync(path: Path) -> None:
    """Wait until a file's content, or a folder's file names, are on the disk."""
    # Windows syncs only files that are open for writing, and no folders.
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _remove(part: Path) -> None:
    """Delete an unfinished copy, and the journal that SQLite leaves beside it when it is killed."""
    for path in (part, part.with_name(f"{part.name}-journal")):
        path.unlink(missing_ok=True)
