"""What is brought before the moderators: jobs that a rule holds back, and pictures that members reported."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import AWAITS, CASES, GUILDS, IN_LINE, JOBS, REPORTS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import BY_RULE, Job

REPORT: Final = "report"
"""The kind of a case that members brought; those that a rule brought are what the job awaits."""


@dataclass(frozen=True, slots=True)
class Case:
    """A job before the moderators of a guild, and the message that shows it to them. `decision` is theirs about a
    report; what became of a job that was held back is told by the job.
    """

    job_id: str
    kind: str
    guild_id: int
    channel_id: int | None
    message_id: int | None
    decided_by: int | None
    decision: str | None
    open: bool


_PLACED: Final = exists().where(
    GUILDS.c.guild_id == JOBS.c.guild_id, GUILDS.c.approval_channel.is_not(None) | GUILDS.c.audit_channel.is_not(None)
)
# Not NULL for what nobody holds: both this and its contrary are asked for.
_HELD: Final = IN_LINE & (func.coalesce(JOBS.c.held_by, BY_RULE - 1) == BY_RULE)
_AWAITED: Final = CASES.c.open & (CASES.c.kind == AWAITS)


class Cases:
    """The cases of all guilds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unseen(self, limit: int, beyond: Collection[int] = ()) -> tuple[Job, ...]:
        """Jobs that a rule holds back and that no moderator was shown, oldest first, of guilds that have a place for
        that and are not `beyond`.
        """
        known = exists().where(CASES.c.job_id == JOBS.c.id, _AWAITED, CASES.c.message_id.is_not(None))
        statement = (
            select(*JOB_COLUMNS)
            .where(_HELD, _PLACED, ~known, JOBS.c.guild_id.not_in(beyond))
            .order_by(JOBS.c.number)
            .limit(limit)
        )
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(map(job_of, rows))

    async def over(self, limit: int, beyond: Collection[int] = ()) -> tuple[tuple[Case, Job], ...]:
        """Cases of jobs that are held back no longer, whose messages do not say so yet."""
        statement = (
            select(*JOB_COLUMNS, *CASES.c)
            .join(CASES, CASES.c.job_id == JOBS.c.id)
            .where(CASES.c.open, CASES.c.kind != REPORT, ~(_HELD & _AWAITED), JOBS.c.guild_id.not_in(beyond))
            .limit(limit)
        )
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple((Case(*row[len(JOB_COLUMNS) :]), job_of(row)) for row in rows)

    async def open(self, job: Job, kind: str, channel_id: int | None = None, message_id: int | None = None) -> bool:
        """Bring a job before its guild's moderators. False: it is before them already."""
        values = {"guild_id": job.guild_id, "channel_id": channel_id, "message_id": message_id, "open": True}

        def write(connection: Connection) -> bool:
            if kind != REPORT:
                # A picture may come before them once more, when another one was made in its place.
                connection.execute(delete(CASES).where(*_of(job.id, kind), CASES.c.open.is_(False)))
            connection.execute(insert(CASES).values(job_id=job.id, kind=kind, **values))
            return True

        try:
            return await self._database.transaction(write)
        except IntegrityError:
            return False

    async def shown(self, job_id: str, kind: str, channel_id: int, message_id: int) -> None:
        """The message that shows a case is there."""
        statement = update(CASES).where(*_of(job_id, kind)).values(channel_id=channel_id, message_id=message_id)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def close(self, job_id: str, kind: str) -> None:
        """The message of a case shows how it was decided, or is out of reach."""
        statement = update(CASES).where(*_of(job_id, kind)).values(open=False)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def decide(self, job_id: str, guild_id: int, by: int, decision: str) -> bool:
        """Decide about a report. False: somebody else has done so."""
        undecided = CASES.c.guild_id == guild_id, CASES.c.decided_by.is_(None)
        statement = update(CASES).where(*_of(job_id, REPORT), *undecided).values(decided_by=by, decision=decision)
        return await self._database.transaction(lambda connection: bool(connection.execute(statement).rowcount))

    async def reopen(self, job_id: str, guild_id: int, by: int) -> None:
        """Take a decision about a report back, which could not be carried out."""
        of_him = *_of(job_id, REPORT), CASES.c.guild_id == guild_id, CASES.c.decided_by == by
        statement = update(CASES).where(*of_him).values(decided_by=None, decision=None)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def case(self, job_id: str, guild_id: int, kind: str = REPORT) -> Case | None:
        """One case of a guild."""
        statement = select(CASES).where(*_of(job_id, kind), CASES.c.guild_id == guild_id)
        row = await self._database.transaction(lambda connection: connection.execute(statement).one_or_none())
        return Case(*row) if row is not None else None

    async def prune(self) -> None:
        """Forget the cases of jobs that are forgotten."""
        forgotten = CASES.c.job_id.not_in(select(JOBS.c.id))
        await self._database.transaction(lambda connection: connection.execute(delete(CASES).where(forgotten)))

    async def reporters(self, job_id: str, guild_id: int) -> tuple[int, ...]:
        """Who reported a job's pictures, in that order."""
        of_job = REPORTS.c.job_id == job_id, REPORTS.c.guild_id == guild_id
        statement = select(REPORTS.c.user_id).where(*of_job).order_by(REPORTS.c.at)
        return await self._database.transaction(lambda connection: tuple(connection.scalars(statement)))


def _of(job_id: str, kind: str) -> tuple[ColumnElement[bool], ...]:
    return CASES.c.job_id == job_id, CASES.c.kind == kind
