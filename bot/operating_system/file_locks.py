"""A lock on a file that the operating system releases when its process ends, however it ends."""

import errno
import os
import sys
from typing import IO, Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_HELD: Final = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
"""Errors that mean that another process has the lock (flock(2); on Windows, EACCES and EDEADLK)."""
_BEYOND: Final = 1 << 30
"""On Windows nobody can read what is locked, so a byte far behind the end of the file is."""


def try_lock(file: IO[bytes]) -> bool:
    """Take the lock, which lasts until the file is closed. False if another process has it. Raises `OSError` if the
    file system offers no locks.
    """
    try:
        if sys.platform == "win32":
            os.lseek(file.fileno(), _BEYOND, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            os.lseek(file.fileno(), 0, os.SEEK_SET)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        if fault.errno in _HELD:
            return False
        raise
    return True
