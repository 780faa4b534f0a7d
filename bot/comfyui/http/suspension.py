"""Leaves a server alone that takes no jobs until its operator acts. Only a submit can tell whether they have."""

import asyncio
from typing import Final

from bot.errors import Suspended

_SECONDS: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
"""How long it is left alone, the longer the more often it happens."""


class Suspension:
    """One server's. Nothing is sent while `check` raises."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._times = 0
        self._fault: Suspended | None = None
        self._until = 0.0
        self._clock = asyncio.get_running_loop().time

    def check(self) -> None:
        """Raise `Suspended` for a while after the server said that its operator has to act."""
        if self._fault is not None and self._clock() < self._until:
            raise self._fault

    def begin(self, reason: str, *, locked: bool = False) -> Suspended:
        """The error to raise: the server took no job for this reason."""
        self._until = self._clock() + _SECONDS[min(self._times, len(_SECONDS) - 1)]
        self._times += 1
        self._fault = Suspended(self._url, reason, locked=locked)
        return self._fault

    def end(self) -> None:
        """The server took a job."""
        self._fault, self._times = None, 0
