"""Who works on what: claims under a lease, and what becomes of a claim.

A claim counts up the job's epoch; whatever its worker writes carries that epoch, so that a worker which was thought
dead cannot overwrite its successor. A lease that is not renewed in time is up for whoever looks after the same server,
and after a while longer for anybody: the job may still be running on that server.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Float, Integer, Select, Update, bindparam, or_, select, update
from sqlalchemy.engine import Connection

from bot.ledger.dialects import notify, now
from bot.ledger.jobs import BY_RULE, Job, JobState
from bot.ledger.line import PLACE, WAITING
from bot.ledger.rows import JOB_COLUMNS, job_of
from bot.ledger.schema import IN_LINE, JOBS, RUNNING
from bot.ledger.signals import WORK

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


@dataclass(frozen=True, slots=True)
class _Way:
    """How a claim comes to a job: what may be taken, and how it is taken if it is still there."""

    search: Select[Any]
    take: Update


def _way(*conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]]) -> _Way:
    # Read without a lock: what is looked at and not taken must not be hidden from whoever comes at the same moment.
    search = (
        select(JOBS.c.number, JOBS.c.lane, JOBS.c.needs, JOBS.c.models, JOBS.c.overtaken)
        .where(*conditions)
        .where(JOBS.c.workflow.not_in(bindparam("beyond", expanding=True)))
        .where(JOBS.c.needs.not_in(bindparam("lacking", expanding=True)))
        .where(JOBS.c.number.not_in(bindparam("gone", expanding=True)))
        .order_by(*order)
        .limit(bindparam("at_most"))
    )
    return _Way(
        search,
        update(JOBS)
        .where(JOBS.c.number == _unlocked(*conditions))
        .values(
            state=JobState.RUNNING,
            server=bindparam("here"),
            worker=bindparam("claimed_by"),
            lease_until=now() + bindparam("lease_seconds", type_=Float()),
            epoch=JOBS.c.epoch + 1,
            takeovers=JOBS.c.takeovers + bindparam("deaths", type_=Integer()),
            started_at=now(),
        )
        .returning(*JOB_COLUMNS),
    )


def _unlocked(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """The number of this job, unless somebody else has it in hand."""
    one = select(JOBS.c.number).where(JOBS.c.number == bindparam("wanted"), *conditions)
    return one.with_for_update(skip_locked=True).correlate(None).scalar_subquery()


# Built once: to put a statement together takes SQLAlchemy longer than to run it.
_OWN: Final = (JOBS.c.server == bindparam("here")) & (JOBS.c.lease_until < now())
_ANYBODYS: Final = JOBS.c.lease_until < now() - ELSEWHERE_SECONDS
_ABANDONED: Final = _way(RUNNING, or_(_OWN, _ANYBODYS), order=(JOBS.c.started_at, JOBS.c.number))
_FREE_HERE: Final = or_(JOBS.c.server.is_(None), JOBS.c.server == bindparam("here"), JOBS.c.bound_until < now())
_NEXT: Final = _way(WAITING, _FREE_HERE, order=PLACE)
_TOLD: Final = or_(JOBS.c.message_id.is_not(None), JOBS.c.created_at < now() - _UNACKNOWLEDGED_SECONDS)
_NEXT_ACKNOWLEDGED: Final = _way(WAITING, _FREE_HERE, _TOLD, order=PLACE)
_OVERTAKE: Final = update(JOBS).where(JOBS.c.number == _unlocked()).values(overtaken=True)


def claim(connection: Connection, claimant: Claimant) -> Job | None:
    """The next job for this server: one whose worker died, else the next fair one."""
    abandoned = _claim(connection, replace(claimant, loaded=None), _ABANDONED, deaths=1)
    return abandoned or _claim(connection, claimant, _NEXT_ACKNOWLEDGED if claimant.acknowledged else _NEXT, deaths=0)


def _claim(connection: Connection, claimant: Claimant, way: _Way, *, deaths: int) -> Job | None:
    taking = {
        "here": claimant.server,
        "claimed_by": claimant.worker,
        "lease_seconds": claimant.lease_seconds,
        "deaths": deaths,
    }
    gone: set[int] = set()
    while found := _fitting(connection, claimant, way.search, gone):
        chosen = _preferred(found, claimant.loaded)
        taken = connection.execute(way.take, {**taking, "wanted": chosen.number}).one_or_none()
        if taken is not None:
            if chosen is not found[0]:
                connection.execute(_OVERTAKE, {"wanted": found[0].number})
                # Whoever came meanwhile could not take it.
                notify(connection, WORK)
            return job_of(taken)
        gone.add(chosen.number)
    return None


def _fitting(
    connection: Connection, claimant: Claimant, search: Select[Any], gone: Collection[int]
) -> Sequence[_Candidate]:
    """The first that are found of those for which the server has everything."""
    asked = {
        "here": claimant.server,
        "beyond": list(claimant.beyond),
        "gone": list(gone),
        "at_most": 1 if claimant.loaded is None else 2,
    }
    lacking: set[str] = set()
    while found := [_Candidate(*row) for row in connection.execute(search, {**asked, "lacking": list(lacking)})]:
        unmet = {one.needs for one in found if one.needs and not claimant.offers(one.needs)}
        if not unmet:
            return found
        lacking |= unmet
    return ()


def _preferred(candidates: Sequence[_Candidate], loaded: str | None) -> _Candidate:
    """One of the first two: the second only for a model that is loaded, and past nobody who was passed before."""
    if len(candidates) < 2 or candidates[0].models == loaded or candidates[0].overtaken:  # noqa: PLR2004
        return candidates[0]
    first, second = candidates
    return second if second.models == loaded and second.lane == first.lane else first


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


def hold(job: Job, reason: str) -> Update:
    """A rule keeps the job back, whose pictures are on its server: they are there when it goes on."""
    return still(job).values(**_FREE, held_by=BY_RULE, hold_reason=reason, bound_until=math.inf)


def still(job: Job) -> Update:
    """A write that counts only while this claim of the job holds."""
    return update(JOBS).where(JOBS.c.id == job.id, RUNNING, JOBS.c.epoch == job.epoch)
