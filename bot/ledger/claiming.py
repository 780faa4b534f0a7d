"""Who works on what: claims under a lease, and what becomes of a claim.

A claim counts up the job's epoch; whatever its worker writes carries that epoch, so that a worker which was thought
dead cannot overwrite its successor. A lease that is not renewed in time is up for whoever looks after the same server,
and after a while longer for anybody: the job may still be running on that server.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Update, or_, select, update
from sqlalchemy.engine import Connection

from bot.ledger.dialects import now
from bot.ledger.jobs import Job, JobState
from bot.ledger.line import PLACE
from bot.ledger.rows import JOB_COLUMNS, job_of
from bot.ledger.schema import IN_LINE, JOBS, RUNNING

ELSEWHERE_SECONDS: Final = 60.0
"""A server that has a job and is out of reach has this long to come back before another one may make it again."""
_UNACKNOWLEDGED_SECONDS: Final = 10.0
"""After this long a job whose reply is still not known to be there is made all the same."""

_FREE: Final[Mapping[str, Any]] = {"state": JobState.QUEUED, "worker": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims: a worker for a server, which cannot run the workflows `beyond` it and has `loaded` these models.

    `offers` says whether the server has what a job `needs`. `acknowledged`: jobs whose reply is still on its way are
    left alone, since another process sends it.
    """

    worker: str
    server: str
    lease_seconds: float
    beyond: Collection[str] = ()
    loaded: str | None = None
    offers: Callable[[str], bool] = lambda _: True
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: int
    lane: int
    needs: str
    models: str
    overtaken: bool


def claim(connection: Connection, claimant: Claimant) -> Job | None:
    """The next job for this server: one whose worker died, else the next fair one."""
    if (abandoned := _abandoned(connection, claimant)) is not None:
        return _take(connection, claimant, abandoned, takeovers=JOBS.c.takeovers + 1)
    lacking: set[str] = set()
    while candidates := _candidates(connection, claimant, lacking):
        unmet = {one.needs for one in candidates if one.needs and not claimant.offers(one.needs)}
        if not unmet:
            break
        lacking |= unmet
    else:
        return None
    first = candidates[0]
    chosen = _preferred(candidates, claimant.loaded)
    if chosen is not first:
        connection.execute(update(JOBS).where(JOBS.c.number == first.number).values(overtaken=True))
    return _take(connection, claimant, chosen.number)


def _abandoned(connection: Connection, claimant: Claimant) -> int | None:
    own = (JOBS.c.server == claimant.server) & (JOBS.c.lease_until < now())
    anybodys = JOBS.c.lease_until < now() - ELSEWHERE_SECONDS
    number: int | None = connection.scalar(
        select(JOBS.c.number)
        .where(RUNNING, or_(own, anybodys), JOBS.c.workflow.not_in(claimant.beyond))
        .order_by(JOBS.c.started_at, JOBS.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return number


def _candidates(connection: Connection, claimant: Claimant, lacking: Collection[str]) -> Sequence[_Candidate]:
    free = or_(JOBS.c.server.is_(None), JOBS.c.server == claimant.server, JOBS.c.bound_until < now())
    told = or_(JOBS.c.message_id.is_not(None), JOBS.c.created_at < now() - _UNACKNOWLEDGED_SECONDS)
    found = connection.execute(
        select(JOBS.c.number, JOBS.c.lane, JOBS.c.needs, JOBS.c.models, JOBS.c.overtaken)
        .where(IN_LINE, JOBS.c.held_by.is_(None), free, JOBS.c.workflow.not_in(claimant.beyond))
        .where(JOBS.c.needs.not_in(lacking))
        .where(*((told,) if claimant.acknowledged else ()))
        .order_by(*PLACE)
        .limit(1 if claimant.loaded is None else 2)
        .with_for_update(skip_locked=True)
    )
    return [_Candidate(*row) for row in found]


def _preferred(candidates: Sequence[_Candidate], loaded: str | None) -> _Candidate:
    """One of the first two: the second only for a model that is loaded, and past nobody who was passed before."""
    if len(candidates) < 2 or candidates[0].models == loaded or candidates[0].overtaken:  # noqa: PLR2004
        return candidates[0]
    first, second = candidates
    return second if second.models == loaded and second.lane == first.lane else first


def _take(connection: Connection, claimant: Claimant, number: int, **changed: Any) -> Job:  # noqa: ANN401
    taken = connection.execute(
        update(JOBS)
        .where(JOBS.c.number == number)
        .values(
            state=JobState.RUNNING,
            server=claimant.server,
            worker=claimant.worker,
            lease_until=now() + claimant.lease_seconds,
            epoch=JOBS.c.epoch + 1,
            started_at=now(),
            **changed,
        )
        .returning(*JOB_COLUMNS)
    )
    return job_of(taken.one())


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


def give_back(job: Job, *, lost: bool, suspected: bool = False, unsent: bool = False) -> Update:
    """The server failed it: the job goes to its old place in line. A server that is only out of reach may have it
    still, and keeps it for a while; one that `lost` it, or to which it is `unsent`, does not. `suspected`: it may have
    died over it, which counts as a loss.
    """
    changed: dict[str, Any] = {"server": None, "started_at": None} if lost or unsent else {}
    if lost or suspected:
        changed["losses"] = JOBS.c.losses + 1
    return still(job).values(**_FREE, bound_until=now() + ELSEWHERE_SECONDS, **changed)


def still(job: Job) -> Update:
    """A write that counts only while this claim of the job holds."""
    return update(JOBS).where(JOBS.c.id == job.id, RUNNING, JOBS.c.epoch == job.epoch)
