"""Files that nobody but their owner may read: they hold prompts, images, and tokens of interactions.

Windows has no such bits: there a file belongs to those whom its folder's access list names, and nothing is done.
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
_OURS: Final = ("darkroom.db*", "comfyui.log", "comfyui.last.log", "spool")
"""What the bot keeps in DATA_DIR, as patterns of names."""
_FOLDERS: Final = frozenset({"spool"})


def make_private_folder(path: Path) -> None:
    """Make it and what is missing above it; only the last one, if it is new, is private. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)


def make_private_file(path: Path) -> None:
    """Make an empty file that only its owner may read, unless there is one already. Raises `OSError`."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def write_private(path: Path) -> IO[bytes]:
    """Open a file to write it anew; if it is new, it is private. Raises `OSError`."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def close_to_others(folder: Path) -> tuple[str, ...]:
    """Take from everybody else the right to read what the bot keeps in `folder`, and the folder itself.

    Returns the names of what was open. What belongs to somebody else is left alone. So is a folder that is shared on
    purpose, but for what the bot keeps in it: one that belongs to somebody else, has the bits for sharing (sticky, as
    /tmp, or set-group-id, as a team's), or holds folders of other programs (a home, /srv). To close that one would lock
    others out of what is theirs.
    """
    if sys.platform == "win32":
        return ()
    with contextlib.suppress(OSError):
        own = not _is_shared(folder)
        paths = [folder.resolve(), *folder.iterdir()] if own else [path for name in _OURS for path in folder.glob(name)]
        return tuple(sorted(str(path) for path in paths if _close(path)))
    return ()


if sys.platform != "win32":

    def _is_shared(folder: Path) -> bool:
        there = folder.stat()
        shared_bits = there.st_mode & (stat.S_ISVTX | stat.S_ISGID)
        return there.st_uid != os.geteuid() or bool(shared_bits) or any(_foreign_folders(folder))

    def _foreign_folders(folder: Path) -> Iterator[Path]:
        return (path for path in folder.iterdir() if path.name not in _FOLDERS and path.is_dir())

    def _close(path: Path) -> bool:
        """Whether it was open to others, and is not any more."""
        with contextlib.suppress(OSError):
            # What a link in there leads to may be anybody's, and its own bits mean nothing.
            there = path.lstat()
            regular = stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)
            if regular and there.st_uid == os.geteuid() and there.st_mode & _OTHERS:
                path.chmod(stat.S_IMODE(there.st_mode) & ~_OTHERS)
                return True
        return False
