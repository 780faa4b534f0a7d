"""Make files readable only by their owner, because they contain prompts, images and interaction tokens.

Windows has no such permission bits: there a folder's access list decides, and nothing is done here.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

_OTHERS: Final = 0o077
_KEPT: Final = ("darkroom.db*", "comfyui.log", "comfyui.last.log", "spool")
"""What the bot keeps in DATA_DIR, as glob patterns."""
_BOT_FOLDERS: Final = frozenset({"spool"})


def make_private_folder(path: Path) -> None:
    """Create a private folder. Missing parents get the default permissions. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)


def make_private_file(path: Path) -> None:
    """Create an empty private file if there is none yet. Raises `OSError`."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def write_private(path: Path) -> IO[bytes]:
    """Open a file for writing and empty it; a new file is private. Raises `OSError`."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def close_to_others(folder: Path) -> tuple[str, ...]:
    """Remove other users' permissions from `folder` and from what the bot keeps in it. Returns the changed paths.

    Files of other owners are left alone. In a folder that is shared on purpose, only the bot's own files are changed,
    because closing it would lock others out of their files. Such a folder belongs to somebody else, has a sharing bit
    (sticky, like /tmp, or set-group-id, like a team's folder), or contains folders of other programs (a home, /srv).
    """
    if sys.platform == "win32":
        return ()
    with contextlib.suppress(OSError):
        own = not _is_shared(folder)
        paths = [folder.resolve(), *folder.iterdir()] if own else [path for name in _KEPT for path in folder.glob(name)]
        return tuple(sorted(str(path) for path in paths if _close(path)))
    return ()


if sys.platform != "win32":

    def _is_shared(folder: Path) -> bool:
        there = folder.stat()
        shared_bits = there.st_mode & (stat.S_ISVTX | stat.S_ISGID)
        return there.st_uid != os.geteuid() or bool(shared_bits) or any(_foreign_folders(folder))

    def _foreign_folders(folder: Path) -> Iterator[Path]:
        return (path for path in folder.iterdir() if path.name not in _BOT_FOLDERS and path.is_dir())

    def _close(path: Path) -> bool:
        """Close a path; whether it was open to others before."""
        with contextlib.suppress(OSError):
            # Skip symbolic links: their own bits mean nothing, and their target may belong to anybody.
            there = path.lstat()
            regular = stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)
            if regular and there.st_uid == os.geteuid() and there.st_mode & _OTHERS:
                path.chmod(stat.S_IMODE(there.st_mode) & ~_OTHERS)
                return True
        return False
