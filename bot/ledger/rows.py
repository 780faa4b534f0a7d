"""Rows of the jobs table <-> jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from bot.ledger.jobs import Job, JobState
from bot.ledger.schema import JOBS

_NAMES: Final = tuple(Job.__dataclass_fields__)
JOB_COLUMNS: Final = tuple(JOBS.c[name] for name in _NAMES)
"""What of a row a `Job` is made of, in its order."""


def job_of(row: Iterable[Any]) -> Job:
    """The job of a row that begins with `JOB_COLUMNS`."""
    fields = dict(zip(_NAMES, row, strict=False))
    return Job(**{**fields, "state": JobState(fields["state"])})
