"""Changes what a guild's moderators have set: settings for the guild and its channels, words, blocks and limits."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now, put
from bot.ledger.database.schema import BLOCKS, CHANNELS, GUILDS, LIMITS, WORDS
from bot.ledger.database.transactions import Database
from bot.ledger.moderation.acts import Act
from bot.ledger.moderation.audit import Entry, write_entry
from bot.ledger.moderation.rules.rule_book import (
    Block,
    ChannelRules,
    GuildRules,
    RuleBook,
    channel_rules,
    read_book,
    unexpired,
)
from bot.ledger.queue.limits import RoleLimits, read_limits, write_limits
from bot.ledger.signals import LOG, RULES, WORK, Signals

T = TypeVar("T")

_REMEMBERED_SECONDS: Final = 5.0
"""How long rules are cached, because the notification about a change may be lost with its connection."""
_CHOSEN: Final = {
    Act.APPROVAL: GUILDS.c.approval_channel,
    Act.AUDIT: GUILDS.c.audit_channel,
    Act.DIGEST: GUILDS.c.digest_channel,
}
"""The channels that moderators choose, by the act of choosing."""


def _nothing(_changed: object) -> None:
    """What the log says about changes that are no act of a moderator."""


def _if_so(entry: Entry | None) -> Callable[[bool], Entry | None]:
    return lambda changed: entry if changed else None


class Rules:
    """The rules of all guilds. Every call names its guild, so that no guild can reach another one's rules.

    With an `entry`, the transaction that changes something also writes it to the moderators' log.
    """

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
        book = await self._database.transaction(lambda connection: read_book(connection, guild_id))
        self._books[guild_id] = asked_at, book
        return book

    def _forget(self, guild_id: int) -> None:
        self._books.pop(guild_id, None)

    async def _change(
        self, guild_id: int, work: Callable[[Connection], T], entry: Callable[[T], Entry | None] = _nothing
    ) -> T:
        """Change a guild's rules, in every process that caches them."""

        def write(connection: Connection) -> T:
            changed = work(connection)
            notify(connection, f"{RULES}:{guild_id}", WORK)
            if (said := entry(changed)) is not None:
                write_entry(connection, said)
            return changed

        try:
            return await self._database.transaction(write)
        finally:
            self._forget(guild_id)
            for topic in (WORK, LOG):
                self._signals.ring(topic)

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

    async def languages(self) -> Mapping[int, str]:
        """The codes of the guilds' languages. A guild that is missing here reads English."""
        statement = select(GUILDS.c.guild_id, GUILDS.c.language).where(GUILDS.c.language.is_not(None))
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {row.guild_id: row.language for row in rows}

    async def language(self, guild_id: int | None) -> str | None:
        """The code of a guild's language; None: English. Direct messages have none."""
        return None if guild_id is None else (await self.book(guild_id)).guild.language

    async def set_guild(self, guild_id: int, *, entry: Entry | None = None, **changes: object) -> None:
        """Change some settings of a guild: fields of `GuildRules`."""
        key = {"guild_id": guild_id}
        await self._change(guild_id, lambda connection: put(connection, GUILDS, key, changes), lambda _: entry)

    async def channel_deleted(self, guild_id: int, channel_id: int) -> None:
        """Forget that a deleted channel is the one for approvals, that of the log or that of the digest, and say so in
        the log: what is meant for moderators goes to the other one or waits for a new one, as if none had been chosen.
        """

        def write(connection: Connection) -> None:
            for act, column in _CHOSEN.items():
                mine = GUILDS.c.guild_id == guild_id, column == channel_id
                if connection.execute(update(GUILDS).where(*mine).values({column: None})).rowcount:
                    write_entry(connection, Entry(guild_id, act))

        await self._change(guild_id, write)

    async def forget_panel(self, guild_id: int, message_id: int) -> None:
        """Forget a panel that is out of reach, unless another one has replaced it."""
        mine = GUILDS.c.guild_id == guild_id, GUILDS.c.panel_message == message_id
        statement = update(GUILDS).where(*mine).values(panel_channel=None, panel_message=None)
        await self._change(guild_id, lambda connection: connection.execute(statement))

    async def pause(self, guild_id: int, by: int, reason: str | None, *, entry: Entry | None = None) -> bool:
        """Pause a guild's queue. False if it was paused already."""

        def write(connection: Connection) -> bool:
            put(connection, GUILDS, {"guild_id": guild_id}, {})
            changed = connection.execute(
                update(GUILDS)
                .where(GUILDS.c.guild_id == guild_id, GUILDS.c.paused_by.is_(None))
                .values(paused_by=by, paused_at=now(), pause_reason=reason)
            )
            return bool(changed.rowcount)

        return await self._change(guild_id, write, _if_so(entry))

    async def resume(self, guild_id: int, *, entry: Entry | None = None) -> bool:
        """Resume a guild's queue. False if it was not paused."""

        def write(connection: Connection) -> bool:
            changed = connection.execute(
                update(GUILDS)
                .where(GUILDS.c.guild_id == guild_id, GUILDS.c.paused_by.is_not(None))
                .values(paused_by=None, paused_at=None, pause_reason=None)
            )
            return bool(changed.rowcount)

        return await self._change(guild_id, write, _if_so(entry))

    async def change_channel(
        self,
        guild_id: int,
        channel_id: int,
        *,
        entry: Callable[[ChannelRules], Entry] | None = None,
        **changes: object,
    ) -> ChannelRules:
        """Change some settings of a channel: fields of `ChannelRules`. Returns all of them."""
        key = {"guild_id": guild_id, "channel_id": channel_id}
        mine = CHANNELS.c.guild_id == guild_id, CHANNELS.c.channel_id == channel_id

        def write(connection: Connection) -> ChannelRules:
            put(connection, CHANNELS, key, changes)
            return channel_rules(connection.execute(select(CHANNELS).where(*mine)).one())

        return await self._change(guild_id, write, _nothing if entry is None else entry)

    async def forget_channel(self, guild_id: int, channel_id: int, *, entry: Entry | None = None) -> bool:
        """Delete all settings of a channel. False if it had none."""
        statement = delete(CHANNELS).where(CHANNELS.c.guild_id == guild_id, CHANNELS.c.channel_id == channel_id)
        return await self._change(
            guild_id, lambda connection: bool(connection.execute(statement).rowcount), _if_so(entry)
        )

    async def block(
        self,
        guild_id: int,
        user_id: int,
        by: int,
        reason: str | None,
        seconds: float | None,
        *,
        entry: Callable[[Block], Entry] | None = None,
    ) -> Block:
        """Block a member for so many seconds, or (None) until somebody unblocks them. Replaces an earlier block."""
        until = None if seconds is None else now() + seconds
        values = {"by": by, "reason": reason, "since": now(), "until": until}

        def write(connection: Connection) -> Block:
            put(connection, BLOCKS, {"guild_id": guild_id, "user_id": user_id}, values)
            return Block(*connection.execute(select(BLOCKS).where(*_block(guild_id, user_id))).one())

        return await self._change(guild_id, write, _nothing if entry is None else entry)

    async def blocks_of(self, user_id: int) -> tuple[Block, ...]:
        """The blocks of a member in all guilds, newest first: only for direct messages, which belong to no guild."""
        statement = select(BLOCKS).where(BLOCKS.c.user_id == user_id, unexpired()).order_by(BLOCKS.c.since.desc())
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(Block(*row) for row in rows)

    async def unblock(self, guild_id: int, user_id: int, *, entry: Entry | None = None) -> bool:
        """Unblock a member. False if they were not blocked."""
        statement = delete(BLOCKS).where(*_block(guild_id, user_id))
        return await self._change(
            guild_id, lambda connection: bool(connection.execute(statement).rowcount), _if_so(entry)
        )

    async def add_word(
        self,
        guild_id: int,
        kind: str,
        text: str,
        action: str,
        by: int,
        *,
        forms: bool = False,
        entry: Entry | None = None,
    ) -> None:
        """Add a word rule, in place of one for the same text."""
        same = WORDS.c.guild_id == guild_id, WORDS.c.kind == kind, WORDS.c.text == text
        values = {"guild_id": guild_id, "kind": kind, "text": text, "action": action, "added_by": by, "forms": forms}

        def write(connection: Connection) -> None:
            connection.execute(delete(WORDS).where(*same))
            connection.execute(insert(WORDS).values(**values))

        await self._change(guild_id, write, lambda _: entry)

    async def remove_word(self, guild_id: int, number: int, *, entry: Entry | None = None) -> bool:
        """Remove a word rule. False if this guild has no such rule."""
        statement = delete(WORDS).where(WORDS.c.guild_id == guild_id, WORDS.c.number == number)
        return await self._change(
            guild_id, lambda connection: bool(connection.execute(statement).rowcount), _if_so(entry)
        )

    async def change_limits(
        self,
        guild_id: int,
        role_id: int,
        *,
        wipe: bool = False,
        entry: Callable[[RoleLimits | None], Entry] | None = None,
        **changes: float | None,
    ) -> RoleLimits | None:
        """Change some limits of a role: fields of `RoleLimits`. `wipe`: the role has no others afterwards. Returns what
        it has; None: nothing.
        """
        key = {"guild_id": guild_id, "role_id": role_id}

        def write(connection: Connection) -> RoleLimits | None:
            if wipe:
                write_limits(connection, RoleLimits(guild_id, role_id))
            if changes:
                put(connection, LIMITS, key, changes)
            return next((one for one in read_limits(connection, guild_id) if one.role_id == role_id), None)

        return await self._change(guild_id, write, _nothing if entry is None else entry)


def _block(guild_id: int, user_id: int) -> tuple[Any, Any]:
    return BLOCKS.c.guild_id == guild_id, BLOCKS.c.user_id == user_id
