"""Rows of the jobs table <-> jobs, and how one of them is changed."""

from __future__ import annotations

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
"""What of a row a `Job` is made of, in its order."""


def job_of(row: Iterable[Any]) -> Job:
    """The job of a row that begins with `JOB_COLUMNS`."""
    fields = dict(zip(_NAMES, row, strict=False))
    return Job(**{**fields, "state": JobState(fields["state"])})


def changing(statement: Update, *news: str) -> Work[Job | None]:
    """Changes one job. Returns it as it is now, or None where it was not to be changed."""

    def change(connection: Connection) -> Job | None:
        changed = only(connection.execute(statement.returning(*JOB_COLUMNS)))
        notify(connection, *news)
        return changed

    return change


def only(found: CursorResult[Any]) -> Job | None:
    """The one job that was found, or None."""
    row = found.one_or_none()
    return job_of(row) if row is not None else None
