"""The audit log: who did what to whom, when and why."""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.schema import AUDIT, GUILDS, REPORTS
from bot.ledger.database.transactions import Database
from bot.ledger.moderation.acts import Act


@dataclass(frozen=True, slots=True)
class Entry:
    """One act in a guild. Without an actor, the bot acted on its own. `detail` is text for people."""

    guild_id: int
    act: Act
    actor_id: int | None = None
    user_id: int | None = None
    job_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A stored log entry: its number, and when it was written (seconds since 1970)."""

    number: int
    guild_id: int
    at: float
    act: str
    actor_id: int | None
    user_id: int | None
    job_id: str | None
    detail: str


class Audit:
    """The audit logs of all guilds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, entry: Entry) -> None:
        """Store an entry."""
        values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
        statement = insert(AUDIT).values(**values, at=now())
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def log(
        self,
        guild_id: int,
        *,
        act: str | None = None,
        actor_id: int | None = None,
        user_id: int | None = None,
        before: int | None = None,
        limit: int = 10,
    ) -> tuple[LogLine, ...]:
        """A guild's entries, newest first. `before` is the number of the last entry on the previous page."""
        wanted = {AUDIT.c.act: act, AUDIT.c.actor_id: actor_id, AUDIT.c.user_id: user_id}
        conditions = [column == value for column, value in wanted.items() if value is not None]
        if before is not None:
            conditions.append(AUDIT.c.number < before)
        statement = (
            select(AUDIT).where(AUDIT.c.guild_id == guild_id, *conditions).order_by(AUDIT.c.number.desc()).limit(limit)
        )
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(LogLine(*row) for row in rows)

    async def report(self, guild_id: int, job_id: str, user_id: int, a_day: int) -> str:
        """Record that a member reports a job's images. Returns `new`, `again` (they reported it before) or `often`
        (they have made `a_day` reports in 24 hours).
        """

        def write(connection: Connection) -> str:
            by_member = REPORTS.c.user_id == user_id
            known = select(REPORTS.c.at).where(REPORTS.c.job_id == job_id, by_member)
            if connection.scalar(known) is not None:
                return "again"
            today = select(func.count()).where(by_member, REPORTS.c.at > now() - DAY_SECONDS)
            if (connection.scalar(today) or 0) >= a_day:
                return "often"
            connection.execute(insert(REPORTS).values(guild_id=guild_id, job_id=job_id, user_id=user_id, at=now()))
            return "new"

        try:
            return await self._database.transaction(write)
        except IntegrityError:
            return "again"

    async def prune(self, days: float) -> None:
        """Delete what is older than a guild's own setting, or than `days` if it has none (0: never)."""
        own = select(GUILDS.c.guild_id, GUILDS.c.log_days).where(GUILDS.c.log_days.is_not(None))

        def write(connection: Connection) -> None:
            guilds = connection.execute(own).all()
            for guild_id, log_days in guilds:
                old = AUDIT.c.at < now() - log_days * DAY_SECONDS
                connection.execute(delete(AUDIT).where(AUDIT.c.guild_id == guild_id, old))
            if days:
                old = AUDIT.c.at < now() - days * DAY_SECONDS
                connection.execute(delete(AUDIT).where(AUDIT.c.guild_id.not_in([row.guild_id for row in guilds]), old))
                connection.execute(delete(REPORTS).where(REPORTS.c.at < now() - days * DAY_SECONDS))

        await self._database.transaction(write)
