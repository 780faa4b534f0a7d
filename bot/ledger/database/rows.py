"""Converts rows of the jobs table to `Job` objects, and updates one of them."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Update
from sqlalchemy.engine import Connection, CursorResult

from bot.ledger.database.dialects import notify
from bot.ledger.database.schema import JOBS
from bot.ledger.database.transactions import Work
from bot.ledger.jobs import Job, JobState

_NAMES: Final = tuple(Job.__dataclass_fields__)
JOB_COLUMNS: Final = tuple(JOBS.c[name] for name in _NAMES)
"""The columns that make a `Job`, in the order of its fields."""


def job_of(row: Iterable[Any]) -> Job:
    """The job from a row that begins with `JOB_COLUMNS`."""
    fields = dict(zip(_NAMES, row, strict=False))
    return Job(**{**fields, "state": JobState(fields["state"])})


def job_update(statement: Update, *news: str) -> Work[Job | None]:
    """A transaction that updates one job and sends `news`. It returns the updated job, or None if no row matched."""

    def change(connection: Connection) -> Job | None:
        changed = only(connection.execute(statement.returning(*JOB_COLUMNS)))
        notify(connection, *news)
        return changed

    return change


def only(found: CursorResult[Any]) -> Job | None:
    """The job from a result of at most one row, or None."""
    row = found.one_or_none()
    return job_of(row) if row is not None else None
