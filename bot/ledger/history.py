"""A member's finished jobs, by page or by message, and how much of their limits they have used."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import COUNTED, DONE, JOBS
from bot.ledger.jobs import Job
from bot.ledger.queue.limits import made_today, waiting


@dataclass(frozen=True, slots=True)
class Page:
    """Finished jobs, newest first, and whether there are `newer` and `older` ones."""

    jobs: tuple[Job, ...]
    newer: bool
    older: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of their limits a member has used: waiting jobs, and images of the last 24 hours.

    `frees_at` is when the oldest of those images stops counting, in seconds since 1970.
    """

    waiting: int
    today: int
    frees_at: float | None


def page(
    connection: Connection, user_id: int, guild_id: int | None, size: int, *, below: int | None, above: int | None
) -> Page:
    """The newest jobs `below` this job number, the oldest jobs `above` it, or without either the newest of all.

    Pages use numbers instead of offsets, so that new jobs do not shift them.
    """
    there = DONE, JOBS.c.deleted_by.is_(None), JOBS.c.erased_at.is_(None)
    own = *there, JOBS.c.user_id == user_id, JOBS.c.guild_id == guild_id
    statement = select(*JOB_COLUMNS).where(*own).limit(size)
    if above is not None:
        statement = statement.where(JOBS.c.number > above).order_by(JOBS.c.number)
    elif below is not None:
        statement = statement.where(JOBS.c.number < below).order_by(JOBS.c.number.desc())
    else:
        statement = statement.order_by(JOBS.c.number.desc())
    jobs = sorted((job_of(row) for row in connection.execute(statement)), key=lambda job: -job.number)
    if not jobs:
        return Page((), newer=False, older=False)
    newer, older = (
        _any(connection, *own, beyond) for beyond in (JOBS.c.number > jobs[0].number, JOBS.c.number < jobs[-1].number)
    )
    return Page(tuple(jobs), newer, older)


def _any(connection: Connection, *conditions: ColumnElement[bool]) -> bool:
    return connection.scalar(select(JOBS.c.number).where(*conditions).limit(1)) is not None


def job_of_message(connection: Connection, guild_id: int | None, message_id: int) -> Job | None:
    """The job that this message of the guild shows, or None."""
    statement = select(*JOB_COLUMNS).where(JOBS.c.message_id == message_id, JOBS.c.guild_id == guild_id).limit(1)
    row = connection.execute(statement).one_or_none()
    return job_of(row) if row is not None else None


def usage(connection: Connection, user_id: int, guild_id: int | None) -> Usage:
    """How much of their limits a member has used in this guild."""
    today = JOBS.c.created_at > now() - DAY_SECONDS
    oldest = connection.scalar(
        select(func.min(JOBS.c.created_at)).where(
            COUNTED, today, JOBS.c.user_id == user_id, JOBS.c.guild_id == guild_id
        )
    )
    return Usage(
        waiting(connection, user_id, guild_id),
        made_today(connection, user_id, guild_id),
        None if oldest is None else float(oldest) + DAY_SECONDS,
    )
