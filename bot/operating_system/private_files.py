"""Files that only their owner may read: they hold prompts, images, and tokens of interactions.

Windows has no permission bits. There the folder's access list decides, and this module changes nothing.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

_OTHERS: Final = 0o077
_KEPT: Final = ("darkroom.db*", "darkroom.lock", "other_program.json", "comfyui.log", "comfyui.last.log", "spool")
"""What the bot stores in DATA_DIR, as name patterns."""
_BOT_FOLDERS: Final = frozenset({"spool"})


def make_private_folder(path: Path) -> None:
    """Create the folder and its missing parents. Only the folder itself is private, if it is new. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)


def make_private_file(path: Path) -> None:
    """Create an empty file that only its owner may read, unless the file exists. Raises `OSError`."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def write_private(path: Path) -> IO[bytes]:
    """Open a file and empty it for writing. A new file is private. Raises `OSError`."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def close_to_others(folder: Path) -> tuple[str, ...]:
    """Stop other users from reading `folder` and what the bot stores in it.

    Returns the paths that were open. Files of other users are left alone. A folder that is shared on purpose stays
    open, and only the bot's own files in it are closed, because closing it would lock others out of their files. It
    counts as shared if it belongs to another user, has the sticky bit (like /tmp) or the set-group-id bit (like a
    team's folder), or holds folders of other programs (like a home or /srv).
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
        """Close it to others. Returns whether it was open before."""
        with contextlib.suppress(OSError):
            # The target of a symbolic link may belong to anybody, and the link's own permission bits mean nothing.
            there = path.lstat()
            regular = stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)
            if regular and there.st_uid == os.geteuid() and there.st_mode & _OTHERS:
                path.chmod(stat.S_IMODE(there.st_mode) & ~_OTHERS)
                return True
        return False
