"""A server that fails a workflow again and again gets no more of it for a while, if another server can run it."""

import time
from collections.abc import Callable
from typing import Final

_FAILURES: Final = 3
"""Failures in a row."""
_REST_SECONDS: Final = 600.0


class FailureStreaks:
    """Recent failures of a process's servers. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, str], int] = {}
        self._rests_until: dict[tuple[str, str], float] = {}

    def failed(self, url: str, workflow: str) -> None:
        """A node raised an error, or the server rejected the graph."""
        key = url, workflow
        self._failures[key] = self._failures.get(key, 0) + 1
        if self._failures[key] >= _FAILURES:
            self._rests_until[key] = self._clock() + _REST_SECONDS
            # After the rest a single failure is enough to rest again.
            self._failures[key] = _FAILURES - 1

    def worked(self, url: str, workflow: str) -> None:
        """A run succeeded, so earlier failures no longer count."""
        self._failures.pop((url, workflow), None)
        self._rests_until.pop((url, workflow), None)

    def resting(self, url: str) -> frozenset[str]:
        """The workflows that this server should not get now."""
        now = self._clock()
        # Claims call this in the ledger's thread.
        rests = tuple(self._rests_until.items())
        return frozenset(workflow for (of, workflow), until in rests if of == url and until > now)
