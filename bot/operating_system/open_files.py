"""How many files the process may have open, and who may have how many of them.

Every connection is an open file. What is held long (sockets, uploads) must never take the last one from what has to go
through (a request that asks how a job is, an answer to Discord within three seconds), so each has a share of its own.
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
"""Why nothing can be opened although nothing is wrong with it: this process or machine has no file left for that."""
AGAIN_SECONDS: Final = 0.5
"""After so long one may have been closed."""
_LOGGED: Final = 60
"""Tries from one line in the log to the next."""
_UNLIMITED: Final = 65_536
"""Where the system names no limit, or does not count connections as files (Windows)."""
_STEPS: Final = (1_048_576, _UNLIMITED, 10_240, 4096)
"""macOS names no limit and refuses more than 10,240: tried from the top."""
_LARGE_UPLOADS: Final = 8
_FILES_A_MESSAGE: Final = 10
"""Files of a message that are read from disk while it is sent."""
_RESERVED: Final = 64
"""Database, logs, pipes to other programs, name look-ups, files on disk, listening ports and who asks there."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shares:
    """Connections at once: to Discord; to each ComfyUI for questions and for files; sockets to all of them together."""

    discord: int
    asks: int
    transfers: int
    sockets: int

    def enough_for(self, servers: int) -> bool:
        """Whether each server may have a socket for the job that runs and one for the job that is ready."""
        return self.sockets >= 2 * servers


def raise_limit() -> int:
    """Raise this process's limit of open files as far as it may; returns what it is then."""
    if sys.platform == "win32":
        return _UNLIMITED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    steps = _STEPS if hard == resource.RLIM_INFINITY else (hard,)
    for wanted in steps:
        if soft != resource.RLIM_INFINITY and soft < wanted:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            except (OSError, ValueError):
                continue
            soft = wanted
    return _UNLIMITED if soft == resource.RLIM_INFINITY else soft


def large_uploads(connections: int) -> int:
    """How many messages with files from disk may be on their way at once, by so many connections to Discord: however
    long each of them takes, most connections are left for all the others.
    """
    return min(_LARGE_UPLOADS, max(1, connections // 8))


def divide(limit: int, servers: int) -> Shares:
    """The shares of a process that may have `limit` files open and looks after so many ComfyUI servers."""
    usable = max(16, limit - min(_RESERVED, limit // 4))
    discord = min(256, max(8, usable // 4))
    for_each = (usable // 3) // max(1, servers)
    asks, transfers = min(8, max(1, for_each // 2)), min(4, max(1, for_each // 4))
    uploads, fetched = _FILES_A_MESSAGE * large_uploads(discord), servers * transfers
    left = usable - discord - uploads - servers * (asks + transfers) - fetched
    # Some images come over a socket: their job waits until there is one.
    return Shares(discord, asks, transfers, max(1, min(left, limit // 4, 1024)))


async def as_files_allow(act: Callable[[], Awaitable[T]]) -> T:
    """What `act` comes to, tried again as long as it cannot open a file because too many are open."""
    for tries in itertools.count():
        try:
            return await act()
        except OSError as fault:
            if fault.errno not in LACK:
                raise
            say_lack(fault, tries)
        await asyncio.sleep(AGAIN_SECONDS)
    raise AssertionError  # it tries for ever


def say_lack(fault: OSError, tries: int) -> None:
    """Tell the operator now and then that something waits for an open file."""
    if tries % _LOGGED == 0:
        log.warning("this machine has no open file or connection left (%s); trying again", fault.strerror)
