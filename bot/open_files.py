"""How many files the process may have open, and how they are shared out.

Every connection is an open file. Connections that last (websockets, uploads) must never take the last one from urgent
requests (a job's state, an answer to Discord within three seconds), so each kind has a share of its own.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

if sys.platform != "win32":
    import resource

_UNLIMITED: Final = 65_536
"""Used if the system has no limit, or does not count connections as files (Windows)."""
_STEPS: Final = (1_048_576, _UNLIMITED, 10_240, 4096)
"""Tried from the top: macOS reports no limit, but refuses more than 10,240."""
_RESERVED: Final = 64
"""For the database, logs, pipes to other programs, DNS lookups, files on disk, and the HTTP pages."""


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
    steps = _STEPS if hard == resource.RLIM_INFINITY else (hard,)
    for wanted in steps:
        if soft != resource.RLIM_INFINITY and soft < wanted:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            except (OSError, ValueError):
                continue
            soft = wanted
    return _UNLIMITED if soft == resource.RLIM_INFINITY else soft


def divide(limit: int, servers: int) -> Shares:
    """The shares of a process that may have `limit` files open and serves so many ComfyUI servers."""
    usable = max(16, limit - min(_RESERVED, limit // 4))
    discord = min(256, max(8, usable // 3))
    for_each = (usable // 3) // max(1, servers)
    asks, transfers = min(8, max(1, for_each * 2 // 3)), min(4, max(1, for_each // 3))
    left = usable - discord - servers * (asks + transfers)
    return Shares(discord, asks, transfers, max(0, min(left, limit // 4, 1024)))
