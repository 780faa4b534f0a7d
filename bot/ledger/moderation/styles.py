"""The styles of guilds. What a style holds is the business of those who read it: here it is a name and some JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now, put
from bot.ledger.database.schema import GUILDS
from bot.ledger.database.style_tables import STYLES
from bot.ledger.database.transactions import Database, Work
from bot.ledger.moderation.audit import Entry, write_entry
from bot.ledger.signals import LOG, Signals

T = TypeVar("T")

_COLUMNS: Final = (STYLES.c.guild_id, STYLES.c.name, STYLES.c.content, STYLES.c.changed_by, STYLES.c.changed_at)


@dataclass(frozen=True, slots=True)
class KeptStyle:
    """A guild's style. Without `content`, it only hides the style of this name that all guilds share. `changed_by` is a
    user's id, `changed_at` is in seconds since 1970.
    """

    guild_id: int
    name: str
    content: Mapping[str, Any] | None
    changed_by: int
    changed_at: float


class Saved(StrEnum):
    """The result of saving one style."""

    SAVED = "saved"
    TAKEN = "taken"
    """The guild has another style of this name."""
    CHANGED = "changed"
    """Somebody changed or removed the style since it was read."""
    FULL = "full"


@dataclass(frozen=True, slots=True)
class SavedStyles:
    """The result of saving many styles: the names of each kind. For those in `left_out` the guild had no room."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class Styles:
    """The styles of all guilds. Names are compared in any case. Changes of one guild's styles run one at a time.

    With an `entry`, the transaction that changes something also writes it to the moderators' log.
    """

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals

    async def of_guild(self, guild_id: int) -> tuple[KeptStyle, ...]:
        """All rows of a guild, by name."""
        statement = select(*_COLUMNS).where(STYLES.c.guild_id == guild_id).order_by(STYLES.c.key)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(KeptStyle(*row) for row in rows)

    async def names(self, guild_id: int) -> Mapping[str, bool]:
        """The name of each row of a guild, and whether it is a style (it may also hide a shared one)."""
        shown = STYLES.c.content.is_not(None)
        statement = select(STYLES.c.name, shown).where(STYLES.c.guild_id == guild_id).order_by(STYLES.c.key)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {name: bool(is_style) for name, is_style in rows}

    async def find(self, guild_id: int, name: str) -> KeptStyle | None:
        """A guild's row of this name, or None."""
        statement = select(*_COLUMNS).where(_named(guild_id, name))
        row = await self._database.transaction(lambda connection: connection.execute(statement).first())
        return None if row is None else KeptStyle(*row)

    async def save(
        self,
        guild_id: int,
        name: str,
        content: Mapping[str, object],
        by: int,
        *,
        most: int,
        before: KeptStyle | None = None,
        entry: Entry | None = None,
    ) -> Saved:
        """Save a style: a new one, or in place of the one as it was read (`before`), which may have had another name.

        A guild can have `most` styles.
        """

        def write(connection: Connection) -> Saved:
            kept = _locked(connection, guild_id)
            old = None if before is None else kept.get(style_key(before.name))
            if before is not None and (old is None or old.changed_at != before.changed_at):
                return Saved.CHANGED
            same = kept.get(style_key(name))
            if same is not None and same.content is not None and same != old:
                return Saved.TAKEN
            if old is None and _count(kept) >= most:
                return Saved.FULL
            if old is not None:
                connection.execute(delete(STYLES).where(_named(guild_id, old.name)))
            _write(connection, guild_id, {name: content}, by)
            _note(connection, entry)
            return Saved.SAVED

        return await self._change(write)

    async def save_all(
        self,
        guild_id: int,
        contents: Mapping[str, Mapping[str, object]],
        by: int,
        *,
        most: int,
        entry: Callable[[SavedStyles], Entry] | None = None,
    ) -> SavedStyles:
        """Save styles, by name, in place of those of the same names, as far as the guild has room for `most`."""

        def write(connection: Connection) -> SavedStyles:
            kept = _locked(connection, guild_id)
            own = {key for key, style in kept.items() if style.content is not None}
            replaced = tuple(name for name in contents if style_key(name) in own)
            new = [name for name in contents if style_key(name) not in own]
            room = max(0, most - len(own))
            written = {name: contents[name] for name in (*replaced, *new[:room])}
            _write(connection, guild_id, written, by)
            saved = SavedStyles(tuple(new[:room]), replaced, tuple(new[room:]))
            _note(connection, None if entry is None else entry(saved))
            return saved

        return await self._change(write)

    async def hide(self, guild_id: int, name: str, by: int, *, entry: Entry | None = None) -> None:
        """Hide a style that all guilds share. Replaces a style of the guild's own."""

        def write(connection: Connection) -> None:
            _locked(connection, guild_id)
            _write(connection, guild_id, {name: None}, by)
            _note(connection, entry)

        await self._change(write)

    async def remove(self, guild_id: int, name: str, *, entry: Entry | None = None) -> bool:
        """Delete a row. False if there was none."""
        statement = delete(STYLES).where(_named(guild_id, name))

        def write(connection: Connection) -> bool:
            found = bool(connection.execute(statement).rowcount)
            _note(connection, entry if found else None)
            return found

        return await self._change(write)

    async def _change(self, work: Work[T]) -> T:
        changed = await self._database.transaction(work)
        self._signals.ring(LOG)
        return changed


def style_key(name: str) -> str:
    """What two spellings of one style's name have in common."""
    return " ".join(name.split()).casefold()


def _note(connection: Connection, entry: Entry | None) -> None:
    if entry is not None:
        write_entry(connection, entry)


def _named(guild_id: int, name: str) -> ColumnElement[bool]:
    return (STYLES.c.guild_id == guild_id) & (STYLES.c.key == style_key(name))


def _locked(connection: Connection, guild_id: int) -> Mapping[str, KeptStyle]:
    """A guild's rows by key. Until the transaction ends, nobody else changes them."""
    put(connection, GUILDS, {"guild_id": guild_id}, {})
    connection.execute(select(GUILDS.c.guild_id).where(GUILDS.c.guild_id == guild_id).with_for_update())
    rows = connection.execute(select(STYLES.c.key, *_COLUMNS).where(STYLES.c.guild_id == guild_id)).all()
    return {key: KeptStyle(*row) for key, *row in rows}


def _count(kept: Mapping[str, KeptStyle]) -> int:
    return sum(style.content is not None for style in kept.values())


def _write(connection: Connection, guild_id: int, contents: Mapping[str, Mapping[str, object] | None], by: int) -> None:
    if not contents:
        return
    keys = [style_key(name) for name in contents]
    connection.execute(delete(STYLES).where(STYLES.c.guild_id == guild_id, STYLES.c.key.in_(keys)))
    at = connection.scalar(select(now()))
    connection.execute(
        insert(STYLES),
        [
            {
                "guild_id": guild_id,
                "key": style_key(name),
                "name": name,
                "content": content,
                "changed_by": by,
                "changed_at": at,
            }
            for name, content in contents.items()
        ],
    )
