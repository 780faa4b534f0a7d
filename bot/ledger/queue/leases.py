"""What happens to a claim: renewed, handed over, given back, held.

When a lease expires, the worker of the same server may take the job over at once, and any other worker a while later,
because the job may still be running on that server.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Update, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now
from bot.ledger.database.schema import IN_LINE, JOBS, RUNNING
from bot.ledger.jobs import BY_RULE, Job, JobState

ELSEWHERE_SECONDS: Final = 60.0
"""An unreachable server with a job has this long to come back before another one may run the job again."""
_FREE: Final[Mapping[str, Any]] = {"state": JobState.QUEUED, "worker": None, "lease_until": None, "begun_at": None}


def renew(connection: Connection, worker: str, lease_seconds: float) -> dict[str, tuple[int, bool]]:
    """Renew all leases of this worker. Returns its jobs: id -> (epoch, whether somebody asked to cancel)."""
    rows = connection.execute(
        update(JOBS)
        .where(RUNNING, JOBS.c.worker == worker)
        .values(lease_until=now() + lease_seconds)
        .returning(JOBS.c.id, JOBS.c.epoch, JOBS.c.cancelled_by)
    )
    return {job_id: (epoch, cancelled_by is not None) for job_id, epoch, cancelled_by in rows}


def take_over(connection: Connection, servers: Collection[str]) -> int:
    """Release all running jobs when no other process exists, for the workers of their servers.

    A job whose server is not in `servers` may go to any server at once. Returns how many were running.
    """
    ran = connection.execute(
        update(JOBS)
        .where(RUNNING)
        .values(**_FREE, bound_until=now() + ELSEWHERE_SECONDS, takeovers=JOBS.c.takeovers + 1)
    )
    connection.execute(update(JOBS).where(IN_LINE, JOBS.c.server.not_in(servers)).values(bound_until=0.0))
    return ran.rowcount


def hand_over(worker: str) -> Update:
    """Release the jobs of a worker that ends, at their old places, for the next worker of their server."""
    return update(JOBS).where(RUNNING, JOBS.c.worker == worker).values(**_FREE, bound_until=now() + ELSEWHERE_SECONDS)


def give_back(
    job: Job, *, lost: bool, suspected: bool = False, unsent: bool = False, asked_back: bool = False
) -> Update:
    """Put a job back at its old place in the queue. A server that is only unreachable may still have it, and keeps it
    for a while. A server that `lost` it, or never received it (`unsent`), does not. `suspected`: the job may have
    crashed its server, which counts as a loss. `asked_back`: another server wants it, and nothing failed.
    """
    changed: dict[str, Any] = {"server": None, "started_at": None} if lost or unsent else {}
    if not asked_back:
        changed["returns"] = JOBS.c.returns + 1
    if lost or suspected:
        changed["losses"] = JOBS.c.losses + 1
    return guarded_update(job).values(**_FREE, bound_until=now() + ELSEWHERE_SECONDS, **changed)


def hold(job: Job, reason: str) -> Update:
    """Hold the job by a rule. It stays tied to its server, which must still have its images after an approval."""
    return guarded_update(job).values(**_FREE, held_by=BY_RULE, hold_reason=reason, bound_until=math.inf)


def guarded_update(job: Job) -> Update:
    """An UPDATE that applies only while this claim of the job is valid."""
    return update(JOBS).where(JOBS.c.id == job.id, RUNNING, JOBS.c.epoch == job.epoch)
