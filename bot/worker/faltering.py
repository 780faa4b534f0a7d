"""Servers that fail a workflow again and again are left out for it, where another one can run it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_FAILURES: Final = 3
"""In a row."""
_REST_SECONDS: Final = 600.0


class Faltering:
    """What one server failed at lately. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}

    def failed(self, workflow: str) -> None:
        """A node raised, or the server refused the graph."""
        self._failures[workflow] = self._failures.get(workflow, 0) + 1
        if self._failures[workflow] >= _FAILURES:
            self._rests_until[workflow] = self._clock() + _REST_SECONDS
            # After the rest a single failure is enough to rest again.
            self._failures[workflow] = _FAILURES - 1

    def worked(self, workflow: str) -> None:
        """A run came to its end."""
        self._failures.pop(workflow, None)
        self._rests_until.pop(workflow, None)

    def resting(self) -> frozenset[str]:
        """The workflows that this server should not be given now."""
        now = self._clock()
        return frozenset(workflow for workflow, until in self._rests_until.items() if until > now)
