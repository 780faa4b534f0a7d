"""What a guild's moderators have set: settings for the guild and its channels, words, blocks and limits."""

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Table, delete, insert, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now, put
from bot.ledger.database.schema import BLOCKS, CHANNELS, GUILDS, LIMITS, WORDS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import Allowance
from bot.ledger.queue.limits import RoleLimits, most_generous, read_limits, write_limits
from bot.ledger.signals import RULES, WORK, Signals

T = TypeVar("T")

_REMEMBERED_SECONDS: Final = 5.0
"""How long rules are cached, because the notification about a change may be lost with its connection."""


@dataclass(frozen=True, slots=True)
class GuildRules:
    """Settings for a whole guild. `check_action` (hold, refuse or spoiler) applies to images that score over
    `check_threshold` (0 to 1); `log_days` is how long the audit log goes back (None: as long as the history);
    `digest_at` is when the next digest is due (seconds since 1970).
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
    digest_channel: int | None = None
    digest_at: float | None = None


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """Settings for a channel, or for all channels of a category. None: not set here."""

    guild_id: int
    channel_id: int
    allowed: bool | None = None
    workflows: tuple[str, ...] | None = None
    spoiler: bool | None = None
    previews: bool | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A member who can't request images. Times are seconds since 1970. Without `until` the block has no end."""

    guild_id: int
    user_id: int
    by: int
    reason: str | None
    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class WordRule:
    """What to look for in prompts. `kind` is word, phrase or pattern; `action` is refuse, hold or spoiler."""

    number: int
    guild_id: int
    kind: str
    text: str
    action: str
    added_by: int


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of a guild. `channels` is keyed by channel or category, `blocks` by member."""

    guild: GuildRules
    channels: Mapping[int, ChannelRules]
    words: tuple[WordRule, ...]
    blocks: Mapping[int, Block]
    limits: tuple[RoleLimits, ...]

    def block_of(self, user_id: int) -> Block | None:
        """The block that keeps a member from requesting images now, or None."""
        block = self.blocks.get(user_id)
        return block if block is not None and (block.until is None or block.until > time.time()) else None

    def allowance(self, role_ids: Collection[int]) -> Allowance:
        """The limits of a member with these roles. The role with the guild's own id is @everyone."""
        return most_generous(said for said in self.limits if said.role_id in {self.guild.guild_id, *role_ids})


class Rules:
    """The rules of all guilds. Every call names its guild, so that no guild can reach another one's rules."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._books: dict[int, tuple[float, RuleBook]] = {}
        signals.rules_changed = self._forget

    async def book(self, guild_id: int) -> RuleBook:
        """All rules of a guild. Every request needs them, so they are cached until somebody changes them."""
        at, book = self._books.get(guild_id, (-math.inf, None))
        if book is not None and time.monotonic() - at < _REMEMBERED_SECONDS:
            return book
        asked_at = time.monotonic()
        book = await self._database.transaction(lambda connection: _read_book(connection, guild_id))
        self._books[guild_id] = asked_at, book
        return book

    def _forget(self, guild_id: int) -> None:
        self._books.pop(guild_id, None)

    async def _change(self, guild_id: int, work: Callable[[Connection], T]) -> T:
        """Change a guild's rules, in every process that caches them."""

        def write(connection: Connection) -> T:
            changed = work(connection)
            notify(connection, f"{RULES}:{guild_id}", WORK)
            return changed

        try:
            return await self._database.transaction(write)
        finally:
            self._forget(guild_id)
            self._signals.ring()

    async def paused(self) -> Mapping[int, GuildRules]:
        """The guilds whose queue is paused."""
        statement = select(GUILDS).where(GUILDS.c.paused_by.is_not(None))
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {row.guild_id: GuildRules(*row) for row in rows}

    async def panels(self) -> Mapping[int, GuildRules]:
        """The guilds that have a queue panel."""
        statement = select(GUILDS).where(GUILDS.c.panel_message.is_not(None))
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {row.guild_id: GuildRules(*row) for row in rows}

    async def set_guild(self, guild_id: int, **changes: object) -> None:
        """Change some settings of a guild: fields of `GuildRules`."""
        await self._change(guild_id, lambda connection: put(connection, GUILDS, {"guild_id": guild_id}, changes))

    async def forget_panel(self, guild_id: int, message_id: int) -> None:
        """Forget a panel that is out of reach, unless another one has replaced it."""
        mine = GUILDS.c.guild_id == guild_id, GUILDS.c.panel_message == message_id
        statement = update(GUILDS).where(*mine).values(panel_channel=None, panel_message=None)
        await self._change(guild_id, lambda connection: connection.execute(statement))

    async def pause(self, guild_id: int, by: int, reason: str | None) -> bool:
        """Pause a guild's queue. False if it was paused already."""

        def write(connection: Connection) -> bool:
            put(connection, GUILDS, {"guild_id": guild_id}, {})
            changed = connection.execute(
                update(GUILDS)
                .where(GUILDS.c.guild_id == guild_id, GUILDS.c.paused_by.is_(None))
                .values(paused_by=by, paused_at=now(), pause_reason=reason)
            )
            return bool(changed.rowcount)

        return await self._change(guild_id, write)

    async def resume(self, guild_id: int) -> bool:
        """Resume a guild's queue. False if it was not paused."""

        def write(connection: Connection) -> bool:
            changed = connection.execute(
                update(GUILDS)
                .where(GUILDS.c.guild_id == guild_id, GUILDS.c.paused_by.is_not(None))
                .values(paused_by=None, paused_at=None, pause_reason=None)
            )
            return bool(changed.rowcount)

        return await self._change(guild_id, write)

    async def change_channel(self, guild_id: int, channel_id: int, **changes: object) -> None:
        """Change some settings of a channel: fields of `ChannelRules`."""
        key = {"guild_id": guild_id, "channel_id": channel_id}
        await self._change(guild_id, lambda connection: put(connection, CHANNELS, key, changes))

    async def forget_channel(self, guild_id: int, channel_id: int) -> bool:
        """Delete all settings of a channel. False if it had none."""
        statement = delete(CHANNELS).where(CHANNELS.c.guild_id == guild_id, CHANNELS.c.channel_id == channel_id)
        return await self._change(guild_id, lambda connection: bool(connection.execute(statement).rowcount))

    async def block(self, guild_id: int, user_id: int, by: int, reason: str | None, seconds: float | None) -> Block:
        """Block a member for so many seconds, or (None) until somebody unblocks them. Replaces an earlier block."""
        until = None if seconds is None else now() + seconds
        values = {"by": by, "reason": reason, "since": now(), "until": until}

        def write(connection: Connection) -> Block:
            put(connection, BLOCKS, {"guild_id": guild_id, "user_id": user_id}, values)
            return Block(*connection.execute(select(BLOCKS).where(*_block(guild_id, user_id))).one())

        return await self._change(guild_id, write)

    async def unblock(self, guild_id: int, user_id: int) -> bool:
        """Unblock a member. False if they were not blocked."""
        statement = delete(BLOCKS).where(*_block(guild_id, user_id))
        return await self._change(guild_id, lambda connection: bool(connection.execute(statement).rowcount))

    async def add_word(self, guild_id: int, kind: str, text: str, action: str, by: int) -> None:
        """Add a word rule, in place of one for the same text."""
        same = WORDS.c.guild_id == guild_id, WORDS.c.kind == kind, WORDS.c.text == text
        values = {"guild_id": guild_id, "kind": kind, "text": text, "action": action, "added_by": by}

        def write(connection: Connection) -> None:
            connection.execute(delete(WORDS).where(*same))
            connection.execute(insert(WORDS).values(**values))

        await self._change(guild_id, write)

    async def remove_word(self, guild_id: int, number: int) -> bool:
        """Remove a word rule. False if this guild has no such rule."""
        statement = delete(WORDS).where(WORDS.c.guild_id == guild_id, WORDS.c.number == number)
        return await self._change(guild_id, lambda connection: bool(connection.execute(statement).rowcount))

    async def change_limits(self, guild_id: int, role_id: int, **changes: float | None) -> None:
        """Change some limits of a role: fields of `RoleLimits`."""
        key = {"guild_id": guild_id, "role_id": role_id}
        await self._change(guild_id, lambda connection: put(connection, LIMITS, key, changes))

    async def set_limits(self, limits: RoleLimits) -> None:
        """Replace all limits of a role."""
        await self._change(limits.guild_id, lambda connection: write_limits(connection, limits))


def _read_book(connection: Connection, guild_id: int) -> RuleBook:
    def of_guild(table: Table, *conditions: ColumnElement[bool]) -> Sequence[Any]:
        return connection.execute(select(table).where(table.c.guild_id == guild_id, *conditions)).all()

    channels = [
        ChannelRules(
            guild_id,
            row.channel_id,
            row.allowed,
            None if row.workflows is None else tuple(row.workflows),
            row.spoiler,
            row.previews,
        )
        for row in of_guild(CHANNELS)
    ]
    unexpired = BLOCKS.c.until.is_(None) | (BLOCKS.c.until > now())
    rows = of_guild(GUILDS)
    return RuleBook(
        guild=GuildRules(*rows[0]) if rows else GuildRules(guild_id),
        channels={one.channel_id: one for one in channels},
        words=tuple(sorted((WordRule(*row) for row in of_guild(WORDS)), key=lambda rule: rule.number)),
        blocks={row.user_id: Block(*row) for row in of_guild(BLOCKS, unexpired)},
        limits=read_limits(connection, guild_id),
    )


def _block(guild_id: int, user_id: int) -> tuple[Any, Any]:
    return BLOCKS.c.guild_id == guild_id, BLOCKS.c.user_id == user_id
