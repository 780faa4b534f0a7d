"""The copy of an SQLite ledger that is made before its tables are changed: whole, or not there at all."""

from __future__ import annotations

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
"""Of a copy that is being written."""


def copy_path(ledger: Path, revision: str) -> Path:
    """Where the ledger is kept as it was before its upgrade to this revision."""
    return ledger.with_name(f"{ledger.name}.before-{revision}")


def copy_before(ledger: Path, revision: str) -> Path:
    """Copy the ledger, with what is still in its write-ahead log, beside it; returns the copy's path.

    Nobody else may write to the ledger meanwhile: the copy is what will be upgraded. An earlier copy is never written
    over: where it is the same it stays the only one, else a number tells them apart. Raises `LedgerNotCopied`.
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
    # Closed to everybody else until it is whole: it holds what members wrote.
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        contextlib.closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(part)) as target,
    ):
        source.backup(target)
    # Some file systems know no rights: it stays what it was made as.
    with contextlib.suppress(OSError):
        part.chmod(stat.S_IMODE(ledger.stat().st_mode))
    _sync(part)


def _settle(part: Path, wanted: Path) -> Path:
    """Give the copy its name; returns that of the earlier one where it is the same."""
    for number in count(1):
        path = wanted if number == 1 else wanted.with_name(f"{wanted.name}.{number}")
        if not path.exists():
            part.rename(path)
            # Not everywhere can a folder be synced; then the name is on the disk a moment later.
            with contextlib.suppress(OSError):
                _sync(path.parent)
            return path
        # A start that is tried again and again must not fill the disk.
        if filecmp.cmp(part, path, shallow=False):
            part.unlink()
            return path
    raise AssertionError


def _sync(path: Path) -> None:
    """Until it is on the disk; of a folder, the names in it."""
    # Windows syncs only what is open for writing, and no folder.
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _remove(part: Path) -> None:
    """With what SQLite may have left beside it when it was killed."""
    for path in (part, part.with_name(f"{part.name}-journal")):
        path.unlink(missing_ok=True)
