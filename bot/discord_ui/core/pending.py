"""What members are in the middle of: between a question of ours and its answer, for as long as that takes."""

from __future__ import annotations

import secrets
from typing import Final, TypeVar

T = TypeVar("T")

_MOST: Final = 500
"""Of all members together; the oldest are forgotten first."""


class Pending:
    """Kept in memory: after a restart the question is asked anew."""

    def __init__(self) -> None:
        self._things: dict[str, tuple[int, object]] = {}

    def keep(self, user_id: int, thing: object) -> str:
        """A key for a custom_id, good for this member alone."""
        while len(self._things) >= _MOST:
            del self._things[next(iter(self._things))]
        key = secrets.token_hex(12)
        self._things[key] = user_id, thing
        return key

    def find(self, user_id: int, key: str, kind: type[T]) -> T | None:
        """What was kept under this key for this member."""
        owner, thing = self._things.get(key, (None, None))
        return thing if owner == user_id and isinstance(thing, kind) else None
