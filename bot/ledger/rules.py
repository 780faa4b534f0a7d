"""What a guild's moderators have set: the guild's own row, its channels, its words, who is blocked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database import Database
from bot.ledger.dialects import notify, now
from bot.ledger.schema import BLOCKS, CHANNELS, GUILDS, WORDS
from bot.ledger.signals import WORK, Signals


@dataclass(frozen=True, slots=True)
class GuildRules:
    """What holds in all of a guild. `check_action` is hold, refuse or spoiler, for pictures whose score is over
    `check_threshold` (0 to 1); `log_days` is how long the audit log goes back (None: as long as the history).
    """

    guild_id: int
    paused_by: int | None = None
    paused_at: float | None = None
    pause_reason: str | None = None
    audit_channel: int | None = None
    approval_channel: int | None = None
    panel_channel: int | None = None
    panel_message: int | None = None
    check_action: str | None = None
    check_threshold: float | None = None
    log_days: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """What is different in a channel, or in all channels of a category. None: nothing is said."""

    guild_id: int
    channel_id: int
    allowed: bool | None = None
    workflows: tuple[str, ...] | None = None
    spoiler: bool | None = None
    previews: bool | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A member who may not order. Times are seconds since 1970; without `until` it has no end."""

    guild_id: int
    user_id: int
    by: int
    reason: str | None
    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class WordRule:
    """What to look for in prompts. `kind` is word, phrase or pattern, `action` refuse, hold or spoiler."""

    number: int
    guild_id: int
    kind: str
    text: str
    action: str
    added_by: int


class Rules:
    """The rules of all guilds. Whoever asks names the guild: no rule of one is reachable from another."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals

    async def guild(self, guild_id: int) -> GuildRules:
        """What holds in all of a guild."""
        statement = select(GUILDS).where(GUILDS.c.guild_id == guild_id)
        row = await self._database.transaction(lambda connection: connection.execute(statement).one_or_none())
        return GuildRules(*row) if row is not None else GuildRules(guild_id)

    async def paused(self) -> Mapping[int, GuildRules]:
        """The guilds whose line stands still."""
        statement = select(GUILDS).where(GUILDS.c.paused_by.is_not(None))
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {row.guild_id: GuildRules(*row) for row in rows}

    async def set_guild(self, guild_id: int, **changes: object) -> None:
        """Change some of what holds in a guild."""
        await self._database.transaction(lambda connection: _put(connection, GUILDS, {"guild_id": guild_id}, changes))

    async def pause(self, guild_id: int, by: int, reason: str | None) -> bool:
        """Let a guild's line stand still. False: somebody else had done so."""

        def write(connection: Connection) -> bool:
            _put(connection, GUILDS, {"guild_id": guild_id}, {})
            changed = connection.execute(
                update(GUILDS)
                .where(GUILDS.c.guild_id == guild_id, GUILDS.c.paused_by.is_(None))
                .values(paused_by=by, paused_at=now(), pause_reason=reason)
            )
            notify(connection, WORK)
            return bool(changed.rowcount)

        return await self._rung(write)

    async def resume(self, guild_id: int) -> bool:
        """Let a guild's line go on. False: it did not stand still."""

        def write(connection: Connection) -> bool:
            changed = connection.execute(
                update(GUILDS)
                .where(GUILDS.c.guild_id == guild_id, GUILDS.c.paused_by.is_not(None))
                .values(paused_by=None, paused_at=None, pause_reason=None)
            )
            notify(connection, WORK)
            return bool(changed.rowcount)

        return await self._rung(write)

    async def channels(self, guild_id: int) -> Mapping[int, ChannelRules]:
        """What is different where, by channel or category."""
        statement = select(CHANNELS).where(CHANNELS.c.guild_id == guild_id)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {
            row.channel_id: ChannelRules(
                row.guild_id,
                row.channel_id,
                row.allowed,
                None if row.workflows is None else tuple(row.workflows),
                row.spoiler,
                row.previews,
            )
            for row in rows
        }

    async def set_channel(self, rules: ChannelRules) -> None:
        """Replace what is said of a channel."""
        key = {"guild_id": rules.guild_id, "channel_id": rules.channel_id}
        workflows = None if rules.workflows is None else list(rules.workflows)
        values = {"allowed": rules.allowed, "spoiler": rules.spoiler, "previews": rules.previews}
        await self._database.transaction(
            lambda connection: _put(connection, CHANNELS, key, {**values, "workflows": workflows})
        )

    async def forget_channel(self, guild_id: int, channel_id: int) -> bool:
        """Say nothing of a channel any more. False: nothing was said."""
        statement = delete(CHANNELS).where(CHANNELS.c.guild_id == guild_id, CHANNELS.c.channel_id == channel_id)
        return await self._database.transaction(lambda connection: bool(connection.execute(statement).rowcount))

    async def block(self, guild_id: int, user_id: int, by: int, reason: str | None, seconds: float | None) -> Block:
        """Let a member order nothing, for so long or until somebody takes it back; in place of an earlier block."""
        until = None if seconds is None else now() + seconds
        values = {"by": by, "reason": reason, "since": now(), "until": until}

        def write(connection: Connection) -> Block:
            _put(connection, BLOCKS, {"guild_id": guild_id, "user_id": user_id}, values)
            return Block(*connection.execute(select(BLOCKS).where(*_block(guild_id, user_id))).one())

        return await self._database.transaction(write)

    async def unblock(self, guild_id: int, user_id: int) -> bool:
        """Let a member order again. False: nobody had blocked him."""
        statement = delete(BLOCKS).where(*_block(guild_id, user_id))
        return await self._database.transaction(lambda connection: bool(connection.execute(statement).rowcount))

    async def blocks(self, guild_id: int, user_id: int | None = None) -> tuple[Block, ...]:
        """Who is blocked now: everybody, or this member if he is."""
        holds = BLOCKS.c.until.is_(None) | (BLOCKS.c.until > now())
        who = () if user_id is None else (BLOCKS.c.user_id == user_id,)
        statement = select(BLOCKS).where(BLOCKS.c.guild_id == guild_id, holds, *who).order_by(BLOCKS.c.since)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(Block(*row) for row in rows)

    async def words(self, guild_id: int) -> tuple[WordRule, ...]:
        """What prompts are looked through for, oldest first."""
        statement = select(WORDS).where(WORDS.c.guild_id == guild_id).order_by(WORDS.c.number)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(WordRule(*row) for row in rows)

    async def add_word(self, guild_id: int, kind: str, text: str, action: str, by: int) -> None:
        """Look for this from now on, in place of a rule for the same text."""
        same = WORDS.c.guild_id == guild_id, WORDS.c.kind == kind, WORDS.c.text == text
        values = {"guild_id": guild_id, "kind": kind, "text": text, "action": action, "added_by": by}

        def write(connection: Connection) -> None:
            connection.execute(delete(WORDS).where(*same))
            connection.execute(insert(WORDS).values(**values))

        await self._database.transaction(write)

    async def remove_word(self, guild_id: int, number: int) -> bool:
        """Look for it no more. False: there is no such rule in this guild."""
        statement = delete(WORDS).where(WORDS.c.guild_id == guild_id, WORDS.c.number == number)
        return await self._database.transaction(lambda connection: bool(connection.execute(statement).rowcount))

    async def _rung(self, write: Any) -> bool:  # noqa: ANN401 - a Work[bool]
        changed: bool = await self._database.transaction(write)
        self._signals.ring()
        return changed


def _block(guild_id: int, user_id: int) -> tuple[Any, Any]:
    return BLOCKS.c.guild_id == guild_id, BLOCKS.c.user_id == user_id


def _put(connection: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> None:
    """Change a row, or make it."""
    named = [table.c[name] == value for name, value in key.items()]
    there = connection.scalar(select(table.c.guild_id).where(*named).with_for_update())
    if there is None:
        connection.execute(insert(table).values(**key, **values))
    elif values:
        connection.execute(update(table).where(*named).values(**values))
