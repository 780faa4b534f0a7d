"""What each member has set for themselves with `/settings`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import lock_user, put
from bot.ledger.database.member_tables import PREFERENCES
from bot.ledger.database.transactions import Database


class Told(StrEnum):
    """When a member wants to be told that a job is over."""

    NEVER = "never"
    LONG = "long"
    """If it took longer than a minute, from the request on."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Preferences:
    """A member's own defaults for options of `/imagine`, and when to tell them. None: no default of their own.

    They belong to one guild, because workflows and styles do. Those that a default names may be gone by now.
    """

    workflow: str | None = None
    model: str | None = None
    style: str | None = None
    size: str | None = None
    count: int | None = None
    negative: str | None = None
    private: bool | None = None
    told: Told = Told.LONG


NO_PREFERENCES: Final = Preferences()
_FIELDS: Final = frozenset(one.name for one in fields(Preferences))


class MemberPreferences:
    """The preferences of all members. A guild id of None stands for direct messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: int, guild_id: int | None) -> Preferences:
        """One member's preferences."""
        return await self._database.transaction(lambda connection: read_preferences(connection, user_id, guild_id))

    async def change(self, user_id: int, guild_id: int | None, changes: Mapping[str, object]) -> Preferences:
        """Change some of them: fields of `Preferences`, with None to reset one. Returns them all."""
        place = _place(user_id, guild_id)

        def write(connection: Connection) -> Preferences:
            # Two forms that are sent at once must not undo each other's changes.
            lock_user(connection, user_id)
            merged = {**_settings(connection, user_id, guild_id), **changes}
            settings = {name: value for name, value in merged.items() if value is not None}
            if settings:
                key = {"user_id": user_id, "guild_id": guild_id or 0}
                put(connection, PREFERENCES, key, {"settings": settings})
            else:
                connection.execute(delete(PREFERENCES).where(*place))
            return _read(settings)

        return await self._database.transaction(write)


def read_preferences(connection: Connection, user_id: int, guild_id: int | None) -> Preferences:
    """One member's preferences, inside a transaction."""
    return _read(_settings(connection, user_id, guild_id))


def _read(settings: Mapping[str, object]) -> Preferences:
    # A newer version may have stored others.
    known = {name: value for name, value in settings.items() if name in _FIELDS}
    return Preferences(**{**known, "told": Told(str(known.get("told", Told.LONG)))})  # type: ignore[arg-type]


def _settings(connection: Connection, user_id: int, guild_id: int | None) -> Mapping[str, object]:
    found: Mapping[str, object] | None = connection.scalar(
        select(PREFERENCES.c.settings).where(*_place(user_id, guild_id))
    )
    return found or {}


def _place(user_id: int, guild_id: int | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PREFERENCES.c.user_id == user_id, PREFERENCES.c.guild_id == (guild_id or 0)
