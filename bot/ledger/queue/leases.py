"""What becomes of a claim: renewed, handed over, given back, held.

A lease that is not renewed in time is up for the worker that looks after the same server, and after a while longer for
any: the job may still be running on that server.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Update, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now
from bot.ledger.database.schema import IN_LINE, JOBS, RUNNING
from bot.ledger.jobs import BY_RULE, Job, JobState

ELSEWHERE_SECONDS: Final = 60.0
"""A server that has a job and is out of reach has this long to come back before another one may make it again."""
_FREE: Final[Mapping[str, Any]] = {"state": JobState.QUEUED, "worker": None, "lease_until": None, "begun_at": None}


def renew(connection: Connection, worker: str, lease_seconds: float) -> dict[str, tuple[int, bool]]:
    """Renew every lease of this worker. Returns its jobs: id -> (epoch, whether somebody asked to cancel)."""
    rows = connection.execute(
        update(JOBS)
        .where(RUNNING, JOBS.c.worker == worker)
        .values(lease_until=now() + lease_seconds)
        .returning(JOBS.c.id, JOBS.c.epoch, JOBS.c.cancelled_by)
    )
    return {job_id: (epoch, cancelled_by is not None) for job_id, epoch, cancelled_by in rows}


def take_over(connection: Connection, servers: Collection[str]) -> int:
    """Nobody else is at work here: what runs in the ledger runs for nobody, and waits for whoever has its server.

    One whose server is not among `servers` may go to any at once. Returns how many ran.
    """
    ran = connection.execute(
        update(JOBS)
        .where(RUNNING)
        .values(**_FREE, bound_until=now() + ELSEWHERE_SECONDS, takeovers=JOBS.c.takeovers + 1)
    )
    connection.execute(update(JOBS).where(IN_LINE, JOBS.c.server.not_in(servers)).values(bound_until=0.0))
    return ran.rowcount


def hand_over(worker: str) -> Update:
    """End this worker: what it runs is free for whoever looks after the same server, at its old place."""
    return update(JOBS).where(RUNNING, JOBS.c.worker == worker).values(**_FREE, bound_until=now() + ELSEWHERE_SECONDS)


def give_back(
    job: Job, *, lost: bool, suspected: bool = False, unsent: bool = False, asked_back: bool = False
) -> Update:
    """The server failed it: the job goes to its old place in line. A server that is only out of reach may have it
    still, and keeps it for a while; one that `lost` it, or to which it is `unsent`, does not. `suspected`: it may have
    died over it, which counts as a loss. `asked_back`: for another server, with which nothing is wrong.
    """
    changed: dict[str, Any] = {"server": None, "started_at": None} if lost or unsent else {}
    if not asked_back:
        changed["returns"] = JOBS.c.returns + 1
    if lost or suspected:
        changed["losses"] = JOBS.c.losses + 1
    return still(job).values(**_FREE, bound_until=now() + ELSEWHERE_SECONDS, **changed)


def hold(job: Job, reason: str) -> Update:
    """A rule keeps the job back, whose pictures are on its server: they are there when it goes on."""
    return still(job).values(**_FREE, held_by=BY_RULE, hold_reason=reason, bound_until=math.inf)


def still(job: Job) -> Update:
    """A write that counts only while this claim of the job holds."""
    return update(JOBS).where(JOBS.c.id == job.id, RUNNING, JOBS.c.epoch == job.epoch)
