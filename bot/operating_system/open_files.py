"""Limit how many files the process has open, and divide them among their users.

Every connection is an open file. Long-lived ones (websockets, uploads) must never use the last file, which a status
request or an answer to Discord within three seconds may need. So each kind has its own share.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

if sys.platform != "win32":
    import resource

T = TypeVar("T")

LACK: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS})
"""Errors that say nothing about what was to be opened: this process or machine is out of open files or buffers."""
AGAIN_SECONDS: Final = 0.5
"""After this long, a file may have been closed."""
_TRIES_PER_LOG_ENTRY: Final = 60
"""Attempts between two log entries."""
_UNLIMITED: Final = 65_536
"""Used if the system has no limit or does not count connections as files (Windows)."""
_LIMITS_TO_TRY: Final = (1_048_576, _UNLIMITED, 10_240, 4096)
"""Limits to try from the top if the system names none: macOS then still refuses more than 10,240."""
_LARGE_UPLOADS: Final = 8
_FILES_PER_MESSAGE: Final = 10
"""Files per message that are read from disk while it is sent."""
_RESERVED: Final = 64
"""For the database, logs, pipes, name lookups, files on disk, and the metrics and health ports with their clients."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shares:
    """Limits for open connections: to Discord; to each ComfyUI, for short requests (`asks`) and for file transfers;
    and `sockets` for websockets to all of them together.
    """

    discord: int
    asks: int
    transfers: int
    sockets: int

    def enough_for(self, servers: int) -> bool:
        """Whether every server can have one socket for its running job and one for the next job."""
        return self.sockets >= 2 * servers


def raise_limit() -> int:
    """Raise this process's limit of open files as far as possible and return the new limit."""
    if sys.platform == "win32":
        return _UNLIMITED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    steps = _LIMITS_TO_TRY if hard == resource.RLIM_INFINITY else (hard,)
    for wanted in steps:
        if soft != resource.RLIM_INFINITY and soft < wanted:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            except (OSError, ValueError):
                continue
            soft = wanted
    return _UNLIMITED if soft == resource.RLIM_INFINITY else soft


def large_uploads(connections: int) -> int:
    """How many messages with files from disk may be uploading at once with this many connections to Discord. However
    long they take, most connections stay free for everything else.
    """
    return min(_LARGE_UPLOADS, max(1, connections // 8))


def divide(limit: int, servers: int) -> Shares:
    """The shares of a process that may have `limit` open files and uses this many ComfyUI servers."""
    usable = max(16, limit - min(_RESERVED, limit // 4))
    discord = min(256, max(8, usable // 4))
    for_each = (usable // 3) // max(1, servers)
    asks, transfers = min(8, max(1, for_each // 2)), min(4, max(1, for_each // 4))
    uploads, fetched = _FILES_PER_MESSAGE * large_uploads(discord), servers * transfers
    left = usable - discord - uploads - servers * (asks + transfers) - fetched
    # At least one websocket: some images arrive over one, and their jobs wait for it.
    return Shares(discord, asks, transfers, max(1, min(left, limit // 4, 1024)))


async def as_files_allow(act: Callable[[], Awaitable[T]]) -> T:
    """The result of `act`, retried as long as it fails because too many files are open."""
    for tries in itertools.count():
        try:
            return await act()
        except OSError as fault:
            if fault.errno not in LACK:
                raise
            say_lack(fault, tries)
        await asyncio.sleep(AGAIN_SECONDS)
    raise AssertionError  # the loop ends only by returning or raising


def say_lack(fault: OSError, tries: int) -> None:
    """Log now and then that something is waiting for an open file."""
    if tries % _TRIES_PER_LOG_ENTRY == 0:
        log.warning("this machine has no open file or connection left (%s); trying again", fault.strerror)
