"""Who works on what: which job a server gets, in the fair order, and that nobody waits beside an idle server.

A claim counts up the job's epoch; whatever its worker writes carries that epoch, so that a worker which was thought
dead cannot overwrite its successor (`leases`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Update,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import IN_LINE, JOBS, RUNNING, SERVERS
from bot.ledger.jobs import Job, JobState
from bot.ledger.queue.leases import ELSEWHERE_SECONDS
from bot.ledger.queue.positions import PLACE, WAITING
from bot.ledger.queue.servers import ANSWERING
from bot.ledger.signals import WORK

_UNACKNOWLEDGED_SECONDS: Final = 10.0
"""After this long a job whose reply is still not known to be there is made all the same."""
_RECALLED_AMONG: Final = 20


class Reach(Enum):
    """How far a claim reaches."""

    ONLY = "only"
    """What the server has already, from before a restart or from a worker that died; else the next fair job, to wait on
    the server behind what runs there, if no other server could run it."""
    READY = "ready"
    """Also the next fair job, to wait on the server behind what runs there, unless an idle server can run it now, or an
    earlier one is ready on another server: that one may be late, and this server free before it.
    """
    IDLE = "idle"
    """Also what waits on another server behind what runs there: this one runs nothing, and can begin it at once."""


@dataclass(frozen=True, slots=True)
class Recall:
    """A claim's answer: the next in the fair order is this job, which is ready on another server. Ask it back."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims: a worker for a server, which cannot run the workflows `beyond` it and has `loaded` these models.

    `offers` says whether the server has what a job `needs`; `elsewhere` whether another one (its name) could run a
    workflow with these needs. `acknowledged`: jobs whose reply is still on its way are left alone, since another
    process sends it. `asked_back`: jobs that were asked back a moment ago, and are where they are.
    """

    worker: str
    server: str
    lease_seconds: float
    beyond: Collection[str] = ()
    loaded: str | None = None
    offers: Callable[[str], bool] = lambda _: True
    acknowledged: bool = False
    reach: Reach = Reach.READY
    elsewhere: Callable[[str, str, str], bool] = lambda *_: False
    asked_back: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job that waits, with what decides who may run it."""

    number: int
    id: str
    lane: int
    start_tag: float
    workflow: str
    needs: str
    models: str

    @property
    def place(self) -> tuple[int, float, int]:
        """Its place in the fair order."""
        return self.lane, self.start_tag, self.number


@dataclass(frozen=True, slots=True)
class _Way:
    """How a claim comes to a job: what may be taken, and how it is taken if it is still there."""

    search: Select[Any]
    take: Update


_CANDIDATE: Final = tuple(JOBS.c[name] for name in Candidate.__dataclass_fields__)


def _way(*conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]]) -> _Way:
    # Read without a lock: what is looked at and not taken must not be hidden from whoever comes at the same moment.
    search = (
        select(*_CANDIDATE)
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
            begun_at=None,
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
_HERE: Final = _way(WAITING, JOBS.c.server == bindparam("here"), order=PLACE)

_earlier = JOBS.alias("earlier")
_BEHIND: Final = exists().where(
    _earlier.c.state == literal_column(f"'{JobState.RUNNING}'"),
    _earlier.c.server == JOBS.c.server,
    _earlier.c.started_at < JOBS.c.started_at,
)
"""Another job is on the same server, and was there before."""
_READY_ELSEWHERE: Final = (
    select(*_CANDIDATE)
    .where(RUNNING, JOBS.c.begun_at.is_(None), JOBS.c.cancelled_by.is_(None), JOBS.c.lease_until > now(), _BEHIND)
    .where(JOBS.c.server != bindparam("here"))
    .where(JOBS.c.workflow.not_in(bindparam("beyond", expanding=True)))
    .where(JOBS.c.id.not_in(bindparam("asked_back", expanding=True)))
    .order_by(*PLACE)
    .limit(_RECALLED_AMONG)
)
_ANYTHING: Final = select(or_(exists().where(IN_LINE), exists().where(RUNNING, JOBS.c.begun_at.is_(None))))
_OTHERS: Final = select(SERVERS.c.url).where(ANSWERING, SERVERS.c.url != bindparam("here")).distinct()
_IDLE: Final = _OTHERS.where(SERVERS.c.url.not_in(select(JOBS.c.server).where(RUNNING, JOBS.c.server.is_not(None))))


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim comes to. `passed`: an earlier job was left to an idle server, which should look at once. `nothing`:
    no server would get anything now.
    """

    found: Job | Recall | None
    passed: bool = False
    nothing: bool = False


def claim(connection: Connection, claimant: Claimant) -> Claimed:
    """The next job for this server: one whose worker died, else the next fair one."""
    if (abandoned := _first(connection, claimant, _ABANDONED, deaths=1)) is not None:
        return Claimed(abandoned)
    if claimant.reach is Reach.ONLY and (own := _first(connection, claimant, _HERE)) is not None:
        return Claimed(own)
    claimed = _next(connection, claimant)
    return claimed if claimed.found is not None else Claimed(None, nothing=not connection.scalar(_ANYTHING))


def _first(connection: Connection, claimant: Claimant, way: _Way, *, deaths: int = 0) -> Job | None:
    gone: set[int] = set()
    while found := _fitting(connection, claimant, way.search, gone, 1):
        if (taken := _take(connection, claimant, way, found[0], deaths)) is not None:
            return taken
        gone.add(found[0].number)
    return None


def _next(connection: Connection, claimant: Claimant) -> Claimed:
    way = _NEXT_ACKNOWLEDGED if claimant.acknowledged else _NEXT
    only, idle = claimant.reach is Reach.ONLY, claimant.reach is Reach.IDLE
    takers = connection.scalars(_OTHERS if only else _IDLE, {"here": claimant.server}).all()
    gone: set[int] = set()
    while True:
        found = _fitting(connection, claimant, way.search, gone, 1 if only else len(takers) + 1)
        chosen = choose(found, takers, claimant)
        ready = _ready_elsewhere(connection, claimant) if chosen is not None or idle else None
        if ready is not None and (chosen is None or ready.place < chosen.place):
            return Claimed(Recall(ready.id) if idle else None)
        if chosen is None:
            return Claimed(None)
        if (taken := _take(connection, claimant, way, chosen)) is not None:
            if passed := chosen is not found[0]:
                notify(connection, WORK)
            return Claimed(taken, passed)
        gone.add(chosen.number)


def choose(found: Sequence[Candidate], takers: Sequence[str], claimant: Claimant) -> Candidate | None:
    """Which of the first candidates this server takes, while the servers `takers` take one each as well. Pure.

    One that is only to be ready here is left to another server that can run it. An idle server takes the first for
    which it has the models loaded, as long as others can run all before it: that way nobody waits longer.
    """
    spare, first = list(takers), next(iter(found), None)
    for candidate in found:
        if claimant.reach is Reach.IDLE and claimant.loaded in {None, candidate.models}:
            return candidate
        taker = next((url for url in spare if claimant.elsewhere(url, candidate.workflow, candidate.needs)), None)
        if taker is None:
            return first if claimant.reach is Reach.IDLE else candidate
        spare.remove(taker)
    return first if claimant.reach is Reach.IDLE else None


def _take(connection: Connection, claimant: Claimant, way: _Way, chosen: Candidate, deaths: int = 0) -> Job | None:
    taking = {
        "here": claimant.server,
        "claimed_by": claimant.worker,
        "lease_seconds": claimant.lease_seconds,
        "deaths": deaths,
        "wanted": chosen.number,
    }
    taken = connection.execute(way.take, taking).one_or_none()
    return None if taken is None else job_of(taken)


def _ready_elsewhere(connection: Connection, claimant: Claimant) -> Candidate | None:
    asked = {"here": claimant.server, "beyond": list(claimant.beyond), "asked_back": list(claimant.asked_back)}
    found = (Candidate(*row) for row in connection.execute(_READY_ELSEWHERE, asked))
    return next((one for one in found if not one.needs or claimant.offers(one.needs)), None)


def _fitting(
    connection: Connection, claimant: Claimant, search: Select[Any], gone: Collection[int], at_most: int
) -> Sequence[Candidate]:
    """The first that are found of those for which the server has everything."""
    asked = {"here": claimant.server, "beyond": list(claimant.beyond), "gone": list(gone), "at_most": at_most}
    lacking: set[str] = set()
    while found := [Candidate(*row) for row in connection.execute(search, {**asked, "lacking": list(lacking)})]:
        unmet = {one.needs for one in found if one.needs and not claimant.offers(one.needs)}
        if not unmet:
            return found
        lacking |= unmet
    return ()
