"""Which entries of the moderators' logs still have to appear in their channels.

Entries that go into one message are marked as one batch before it is sent: after a crash exactly these are sent again,
so the channel can be searched for them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, select, update

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.schema import GUILDS
from bot.ledger.database.transactions import Database
from bot.ledger.moderation.audit import LINE_COLUMNS, LogLine
from bot.ledger.moderation.tables import AUDIT

_FRESH: Final = AUDIT.c.unposted.is_(True), AUDIT.c.at > now() - DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Waiting:
    """A guild's oldest entries that its channel lacks. If `begun`, an earlier try may have sent them."""

    guild_id: int
    channel_id: int
    lines: tuple[LogLine, ...]
    begun: bool


class LogPosts:
    """The entries of all guilds that have a channel for their log. Entries older than a day are not sent any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def guilds(self, limit: int, beyond: Collection[int] = ()) -> tuple[int, ...]:
        """The guilds with entries to send, except those in `beyond`."""
        statement = (
            select(AUDIT.c.guild_id)
            .join(GUILDS, GUILDS.c.guild_id == AUDIT.c.guild_id)
            .where(*_FRESH, GUILDS.c.audit_channel.is_not(None), AUDIT.c.guild_id.not_in(beyond))
            .group_by(AUDIT.c.guild_id)
            .limit(limit)
        )
        return await self._database.transaction(lambda connection: tuple(connection.scalars(statement)))

    async def next(self, guild_id: int, limit: int) -> Waiting | None:
        """A guild's next entries, in order; None if there are none, or there is no channel for them any more."""
        channel = select(GUILDS.c.audit_channel).where(GUILDS.c.guild_id == guild_id)
        lines = (
            select(*LINE_COLUMNS, AUDIT.c.batch)
            .where(AUDIT.c.guild_id == guild_id, *_FRESH)
            .order_by(AUDIT.c.number)
            .limit(limit)
        )
        channel_id, rows = await self._database.transaction(
            lambda connection: (connection.scalar(channel), connection.execute(lines).all())
        )
        if channel_id is None or not rows:
            return None
        batch = rows[0].batch
        together = rows if batch is None else [row for row in rows if row.batch == batch]
        return Waiting(guild_id, channel_id, tuple(LogLine(*row[:-1]) for row in together), batch is not None)

    async def begin(self, lines: Sequence[LogLine]) -> None:
        """Mark entries as one batch, which is being sent."""
        statement = update(AUDIT).where(_among(lines)).values(batch=lines[0].number)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def posted(self, lines: Sequence[LogLine]) -> None:
        """The channel shows these entries. Waits for the database."""
        statement = update(AUDIT).where(_among(lines)).values(unposted=False)
        await self._database.persist(lambda connection: connection.execute(statement))


def _among(lines: Sequence[LogLine]) -> ColumnElement[bool]:
    return AUDIT.c.number.in_([line.number for line in lines])
