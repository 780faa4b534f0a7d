"""Which entries of the moderators' logs still have to appear in their channels.

Entries that go into one message are marked as one batch before it is sent: after a crash exactly these are sent again,
so the channel can be searched for them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.schema import GUILDS
from bot.ledger.database.transactions import Database
from bot.ledger.moderation.acts import Act
from bot.ledger.moderation.audit import LINE_COLUMNS, LogLine
from bot.ledger.moderation.cases import REPORT
from bot.ledger.moderation.tables import AUDIT, CASES

_CASE: Final = exists().where(CASES.c.job_id == AUDIT.c.job_id, CASES.c.kind == REPORT)
ONLY_ENTRY: Final = AUDIT.c.unposted.is_(True) & (AUDIT.c.act == Act.REPORTED) & ~_CASE
"""Reports of images whose request is no longer stored, which no moderator has been shown. All that is left of them are
these entries.
"""
_CHANNEL: Final = func.coalesce(GUILDS.c.audit_channel, case((ONLY_ENTRY, GUILDS.c.approval_channel)))
"""Where an entry is shown. A report that is only an entry must reach somebody."""
_DUE: Final = AUDIT.c.unposted.is_(True) & _CHANNEL.is_not(None) & or_(AUDIT.c.at > now() - DAY_SECONDS, ONLY_ENTRY)
_GUILD: Final = GUILDS.c.guild_id == AUDIT.c.guild_id


@dataclass(frozen=True, slots=True)
class Waiting:
    """A guild's oldest entries that its channel lacks. If `begun`, an earlier try may have sent them."""

    guild_id: int
    channel_id: int
    lines: tuple[LogLine, ...]
    begun: bool


class LogPosts:
    """The entries of all guilds that have a channel for them. Entries older than a day are not sent any more, except
    reports that are nothing else.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def guilds(self, limit: int, beyond: Collection[int] = ()) -> tuple[int, ...]:
        """The guilds with entries to send, except those in `beyond`."""
        statement = (
            select(AUDIT.c.guild_id)
            .join(GUILDS, _GUILD)
            .where(_DUE, AUDIT.c.guild_id.not_in(beyond))
            .group_by(AUDIT.c.guild_id)
            .limit(limit)
        )
        return await self._database.transaction(lambda connection: tuple(connection.scalars(statement)))

    async def next(self, guild_id: int, limit: int) -> Waiting | None:
        """A guild's next entries, in order; None if there are none, or there is no channel for them any more."""
        lines = (
            select(*LINE_COLUMNS, AUDIT.c.batch, _CHANNEL)
            .join(GUILDS, _GUILD)
            .where(AUDIT.c.guild_id == guild_id, _DUE)
            .order_by(AUDIT.c.number)
            .limit(limit)
        )
        rows = await self._database.transaction(lambda connection: connection.execute(lines).all())
        if not rows:
            return None
        batch = rows[0].batch
        together = rows if batch is None else [row for row in rows if row.batch == batch]
        return Waiting(guild_id, rows[0][-1], tuple(LogLine(*row[:-2]) for row in together), batch is not None)

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
