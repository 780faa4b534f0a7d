"""A copy of SQLite's file beside it, before anything in it is changed for good."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from pathlib import Path


def copy_aside(path: Path, revision: str) -> Path:
    """The database as it is now, whole and on the disk, in `NAME.before-REVISION`; an earlier one gives way to it.

    Others may read and write the database meanwhile. Raises `OSError` and `sqlite3.Error`; nothing is left then.
    """
    kept = path.with_name(f"{path.name}.before-{revision}")
    unfinished = kept.with_name(f"{kept.name}.part")
    unfinished.unlink(missing_ok=True)
    # Nobody may read the copy who may not read the database.
    made = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IMODE(path.stat().st_mode))
    try:
        _copy(path, unfinished)
        os.fsync(made)
        unfinished.replace(kept)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    finally:
        os.close(made)
    _flush(path.parent)
    return kept


def _copy(path: Path, into: Path) -> None:
    source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(into)) as target:
        source.backup(target)
        # One file, without a log beside it: it can be copied about.
        target.execute("PRAGMA journal_mode=DELETE")


def _flush(folder: Path) -> None:
    """The file's new name, too, survives a power cut."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
