"""State between a question of the bot and the member's answer, for example while a form is open."""

import secrets
from typing import Final, TypeVar

T = TypeVar("T")

KEY: Final = r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])"
"""What a key looks like within a custom_id, as a regular expression."""
_MOST: Final = 500
"""The most entries of all members together. The oldest are dropped first."""


class Pending:
    """Kept in memory only: after a restart members are asked again."""

    def __init__(self) -> None:
        self._things: dict[str, tuple[int, object]] = {}

    def keep(self, user_id: int, thing: object) -> str:
        """Keep a value and return a key for a custom_id. The key works for this member only."""
        while len(self._things) >= _MOST:
            del self._things[next(iter(self._things))]
        key = secrets.token_hex(12)
        self._things[key] = user_id, thing
        return key

    def forget(self, user_id: int) -> None:
        """Drop everything of a member."""
        self._things = {key: kept for key, kept in self._things.items() if kept[0] != user_id}

    def has(self, key: str) -> bool:
        """Whether a value is kept under this key."""
        return key in self._things

    def find(self, user_id: int, key: str, kind: type[T]) -> T | None:
        """The value kept under this key; None if it was dropped, is of another kind, or belongs to another member."""
        owner, thing = self._things.get(key, (None, None))
        return thing if owner == user_id and isinstance(thing, kind) else None
