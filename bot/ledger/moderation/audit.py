"""The audit log: who did what to whom, when and why."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import DAY_SECONDS, lock_log, notify, now
from bot.ledger.database.schema import GUILDS
from bot.ledger.database.transactions import Database
from bot.ledger.moderation.acts import Act
from bot.ledger.moderation.tables import AUDIT, REPORTS
from bot.ledger.signals import LOG, Signals


@dataclass(frozen=True, slots=True)
class Entry:
    """One act in a guild. Without an actor, the bot acted on its own. `detail` is text for people. A refused request
    also has its channel, and the prompt that moderators may read.
    """

    guild_id: int
    act: Act
    actor_id: int | None = None
    user_id: int | None = None
    job_id: str | None = None
    detail: str = ""
    channel_id: int | None = None
    prompt: str | None = None


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
    channel_id: int | None = None
    prompt: str | None = None


LINE_COLUMNS: Final = tuple(AUDIT.c[name] for name in LogLine.__dataclass_fields__)
"""The columns that make a `LogLine`, in the order of its fields."""


class Audit:
    """The audit logs of all guilds."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals

    async def record(self, entry: Entry, at: float | None = None) -> None:
        """Store an entry about something that happened at this time (seconds since 1970, default: now). Waits for the
        database.

        With a time, an entry whose first try was committed without an answer is stored only once.
        """

        def again(connection: Connection) -> None:
            same = [
                AUDIT.c[name].is_not_distinct_from(getattr(entry, name))
                for name in ("guild_id", "act", "user_id", "detail")
            ]
            same.append(AUDIT.c.at >= at)
            if connection.scalar(select(AUDIT.c.number).where(*same).limit(1)) is None:
                write_entry(connection, entry, at)

        await self._database.persist(lambda connection: write_entry(connection, entry, at), again=again)
        self._signals.ring(LOG)

    async def record_once(self, entry: Entry, seconds: float) -> None:
        """Store an entry about a trouble that lasts, unless the log has the same one from the last so many seconds."""
        same = [AUDIT.c[name] == getattr(entry, name) for name in ("guild_id", "act", "detail")]
        known = select(AUDIT.c.number).where(*same, AUDIT.c.at > now() - seconds).limit(1)

        def write(connection: Connection) -> None:
            if connection.scalar(known) is None:
                write_entry(connection, entry)

        await self._database.transaction(write)
        self._signals.ring(LOG)

    async def withdraw(self, job_id: str) -> None:
        """Delete what was written as the job was submitted: it was withdrawn before anybody could see it."""
        submitted = AUDIT.c.job_id == job_id, AUDIT.c.act.in_((Act.HELD, Act.WORKFLOW_TRIED))
        await self._database.transaction(lambda connection: connection.execute(delete(AUDIT).where(*submitted)))

    async def log(
        self,
        guild_id: int,
        *,
        act: str | None = None,
        actor_id: int | None = None,
        member_id: int | None = None,
        since: float | None = None,
        before: int | None = None,
        limit: int = 10,
    ) -> tuple[LogLine, ...]:
        """A guild's entries, newest first. `member_id` is whom an entry is about or who acted; `since` is in seconds
        since 1970; `before` is the number of the last entry on the previous page.
        """
        wanted = {AUDIT.c.act: act, AUDIT.c.actor_id: actor_id}
        conditions = [column == value for column, value in wanted.items() if value is not None]
        if member_id is not None:
            conditions.append(or_(AUDIT.c.user_id == member_id, AUDIT.c.actor_id == member_id))
        if since is not None:
            conditions.append(AUDIT.c.at >= since)
        if before is not None:
            conditions.append(AUDIT.c.number < before)
        statement = (
            select(*LINE_COLUMNS)
            .where(AUDIT.c.guild_id == guild_id, *conditions)
            .order_by(AUDIT.c.number.desc())
            .limit(limit)
        )
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(LogLine(*row) for row in rows)

    async def prune(self, days: float, ahead: float = 0.0) -> None:
        """Delete what is older than a guild's own setting, or than `days` if it has none (0: never). The database's
        clock is `ahead` of the right one by so many seconds.
        """
        own = select(GUILDS.c.guild_id, GUILDS.c.log_days).where(GUILDS.c.log_days.is_not(None))

        def write(connection: Connection) -> None:
            guilds = connection.execute(own).all()
            for guild_id, log_days in guilds:
                old = AUDIT.c.at < now() - ahead - log_days * DAY_SECONDS
                connection.execute(delete(AUDIT).where(AUDIT.c.guild_id == guild_id, old))
            if days:
                old = AUDIT.c.at < now() - ahead - days * DAY_SECONDS
                connection.execute(delete(AUDIT).where(AUDIT.c.guild_id.not_in([row.guild_id for row in guilds]), old))
                connection.execute(delete(REPORTS).where(REPORTS.c.at < now() - ahead - days * DAY_SECONDS))

        await self._database.transaction(write)


def write_entry(connection: Connection, entry: Entry, at: float | None = None, *, must_show: bool = False) -> None:
    """Store an entry as part of a transaction, so that an act and its entry are stored together or not at all. It waits
    to be posted if the guild has a channel for its log; if it `must_show`, in any case.
    """
    lock_log(connection, entry.guild_id)
    if at is not None:
        # What waited to be written is not put before what was written meanwhile: the log is read from top to bottom.
        newest = select(AUDIT.c.at).where(AUDIT.c.guild_id == entry.guild_id).order_by(AUDIT.c.number.desc()).limit(1)
        at = max(at, connection.scalar(newest) or at)
    channel = select(GUILDS.c.audit_channel).where(GUILDS.c.guild_id == entry.guild_id)
    values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    unposted = must_show or connection.scalar(channel) is not None
    connection.execute(insert(AUDIT).values(**values, at=now() if at is None else at, unposted=unposted))
    notify(connection, LOG)
