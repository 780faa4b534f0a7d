"""When the models of an idle server should leave its memory. Pure; `now` is in seconds by any clock."""

from typing import Final

_LOOKS: Final = 4
_SHORTEST_SECONDS: Final = 5.0
_LONGEST_SECONDS: Final = 30.0
"""Models leave the memory at most this long after they should."""


class IdleMemory:
    """What is known about one server's idleness. `mark` stays the same until something has run there, from the bot or
    from others; None: something runs or waits there now.
    """

    def __init__(self) -> None:
        self._mark: str | None = None
        self._since = 0.0
        self._freed: str | None = None

    @property
    def is_free(self) -> bool:
        """Whether nothing has run since the memory was freed, as far as known."""
        return self._freed is not None

    def used(self) -> None:
        """Something runs there."""
        self._mark = self._freed = None

    def is_due(self, now: float, mark: str | None, after: float) -> bool:
        """Whether it has been idle for `after` seconds, with models that nobody has freed yet."""
        if mark is None:
            self.used()
            return False
        if mark != self._mark:
            self._mark, self._since, self._freed = mark, now, None
        return self._freed is None and now - self._since >= after

    def freed(self) -> None:
        """The models have left the memory."""
        self._freed = self._mark


def seconds_to_look(after: float) -> float:
    """How often to look at an idle server, so that its memory is freed soon after `after` seconds."""
    return min(_LONGEST_SECONDS, max(_SHORTEST_SECONDS, after / _LOOKS))
