"""How many files the process may have open, and how they are shared out.

Every connection is an open file. Connections that last (websockets, uploads) must never take the last one from urgent
requests (a job's state, an answer to Discord within three seconds), so each kind has a share of its own.
"""

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
"""Errors that mean that this process or machine cannot open any more files."""
AGAIN_SECONDS: Final = 0.5
"""Seconds until the next try. By then a file may have been closed."""
_TRIES_PER_LOG_ENTRY: Final = 60
"""The number of tries per log line."""
_UNLIMITED: Final = 65_536
"""Used if the system has no limit, or does not count connections as files (Windows)."""
_LIMITS_TO_TRY: Final = (1_048_576, _UNLIMITED, 10_240, 4096)
"""Tried from the top: macOS reports no limit, but refuses more than 10,240."""
_LARGE_UPLOADS: Final = 8
_FILES_PER_MESSAGE: Final = 10
"""The most files of a message, which are read from disk while it is sent."""
_RESERVED: Final = 64
"""For the database, logs, pipes to other programs, DNS lookups, files on disk, and the HTTP pages."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shares:
    """Connections at once: to Discord, to each ComfyUI for queries and for files, and websockets to all ComfyUIs."""

    discord: int
    asks: int
    transfers: int
    sockets: int

    def enough_for(self, servers: int) -> bool:
        """Whether each server can have a websocket for its running job and one for the job that is next."""
        return self.sockets >= 2 * servers


def raise_limit() -> int:
    """Raise this process's limit of open files as far as possible; returns the new limit."""
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
    """How many messages with files from disk may be sent at once over so many connections to Discord. Uploads can take
    long, so most connections stay free for other requests.
    """
    return min(_LARGE_UPLOADS, max(1, connections // 8))


def divide(limit: int, servers: int) -> Shares:
    """The shares of a process that may have `limit` files open and serves so many ComfyUI servers."""
    usable = max(16, limit - min(_RESERVED, limit // 4))
    discord = min(256, max(8, usable // 4))
    for_each = (usable // 3) // max(1, servers)
    asks, transfers = min(8, max(1, for_each // 2)), min(4, max(1, for_each // 4))
    uploads, fetched = _FILES_PER_MESSAGE * large_uploads(discord), servers * transfers
    left = usable - discord - uploads - servers * (asks + transfers) - fetched
    # At least one, because jobs whose images arrive over the websocket wait until one is free.
    return Shares(discord, asks, transfers, max(1, min(left, limit // 4, 1024)))


async def as_files_allow(act: Callable[[], Awaitable[T]]) -> T:
    """The result of `act`, which is retried as long as too many files are open."""
    for tries in itertools.count():
        try:
            return await act()
        except OSError as fault:
            if fault.errno not in LACK:
                raise
            say_lack(fault, tries)
        await asyncio.sleep(AGAIN_SECONDS)
    raise AssertionError  # count() never ends


def say_lack(fault: OSError, tries: int) -> None:
    """Log from time to time that something waits for an open file."""
    if tries % _TRIES_PER_LOG_ENTRY == 0:
        log.warning(
            "too many open files or connections (%s); retrying. Raise the limit (ulimit -n or LimitNOFILE=)",
            fault.strerror,
        )
