"""Which job a server gets: the next one in fair order, so that nobody waits while a server is idle.

Each claim increments the job's epoch, and everything its worker writes carries that epoch. A worker that was wrongly
considered dead therefore cannot overwrite its successor (see `leases`).
"""

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
from bot.ledger.database.schema import IN_LINE, JOBS, RUNNING
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.jobs import Job, JobState
from bot.ledger.queue.leases import ELSEWHERE_SECONDS
from bot.ledger.queue.positions import PLACE, WAITING
from bot.ledger.queue.servers import WORKING
from bot.ledger.signals import WORK

_UNACKNOWLEDGED_SECONDS: Final = 10.0
"""After this long, a job runs even if its reply is still not known to exist. Before, another program that uses the same
token may have been faster to answer, and may be running the job.
"""
_RECALLED_AMONG: Final = 20


class Reach(Enum):
    """How far a claim reaches."""

    OWN = "own"
    """Jobs that the server may have already, from before a restart or from a dead worker."""
    ONLY = "only"
    """Jobs that the server has already, from before a restart or from a dead worker. Otherwise the next fair job, to
    wait behind the server's running one, if no other server could run it."""
    READY = "ready"
    """Also the next fair job, to wait on the server behind the running one. Not if an idle server can run it now, or an
    earlier job is ready on another server: that job may be late, and this server free before it."""
    IDLE = "idle"
    """Also jobs that wait on another server behind its running one. This server is idle and can begin them at once."""


@dataclass(frozen=True, slots=True)
class Recall:
    """A claim's answer: the next job in fair order is ready on another server, which should be asked for it."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Claimant:
    """A worker that claims for a server, which cannot run the workflows in `beyond` and has the models `loaded`.

    `offers` says whether the server has what a job `needs`; `elsewhere` says whether another server (by name) could run
    a workflow with these needs. `acknowledged`: skip jobs whose reply another process is still sending. `asked_back`:
    jobs that were asked back a moment ago, in vain.
    """

    worker: str
    server: str
    lease_seconds: float
    beyond: Collection[str] = ()
    loaded: str | None = None
    offers: Callable[[str], bool] = lambda _: True
    reach: Reach = Reach.READY
    elsewhere: Callable[[str, str, str], bool] = lambda *_: False
    asked_back: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting job, with what decides which server may run it."""

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
class _Query:
    """One kind of claim: the query for candidates, and the UPDATE that takes one if it is still available."""

    search: Select[Any]
    take: Update


_CANDIDATE: Final = tuple(JOBS.c[name] for name in Candidate.__dataclass_fields__)


def _query(*conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]]) -> _Query:
    # Reads without a lock, because rows that are only looked at must not be hidden from simultaneous claims.
    search = (
        select(*_CANDIDATE)
        .where(*conditions)
        .where(JOBS.c.workflow.not_in(bindparam("beyond", expanding=True)))
        .where(JOBS.c.needs.not_in(bindparam("lacking", expanding=True)))
        .where(JOBS.c.number.not_in(bindparam("lost", expanding=True)))
        .order_by(*order)
        .limit(bindparam("at_most"))
    )
    return _Query(
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
    """The number of the wanted job, unless somebody else has locked it."""
    one = select(JOBS.c.number).where(JOBS.c.number == bindparam("wanted"), *conditions)
    return one.with_for_update(skip_locked=True).correlate(None).scalar_subquery()


# Built once, because SQLAlchemy takes longer to build a statement than to run it.
_EXPIRED_HERE: Final = (JOBS.c.server == bindparam("here")) & (JOBS.c.lease_until < now())
_EXPIRED_LONG_AGO: Final = JOBS.c.lease_until < now() - ELSEWHERE_SECONDS
_ABANDONED: Final = _query(RUNNING, or_(_EXPIRED_HERE, _EXPIRED_LONG_AGO), order=(JOBS.c.started_at, JOBS.c.number))
_FREE_HERE: Final = or_(JOBS.c.server.is_(None), JOBS.c.server == bindparam("here"), JOBS.c.bound_until < now())
_ACKNOWLEDGED: Final = or_(JOBS.c.message_id.is_not(None), JOBS.c.created_at < now() - _UNACKNOWLEDGED_SECONDS)
_NEXT: Final = _query(WAITING, _FREE_HERE, _ACKNOWLEDGED, order=PLACE)
_HERE: Final = _query(WAITING, JOBS.c.server == bindparam("here"), order=PLACE)

_earlier = JOBS.alias("earlier")
_BEHIND: Final = exists().where(
    _earlier.c.state == literal_column(f"'{JobState.RUNNING}'"),
    _earlier.c.server == JOBS.c.server,
    _earlier.c.started_at < JOBS.c.started_at,
)
"""Another job was on the same server before this one."""
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
_OTHERS: Final = select(SERVERS.c.url).where(WORKING, SERVERS.c.url != bindparam("here")).distinct()
_IDLE: Final = _OTHERS.where(SERVERS.c.url.not_in(select(JOBS.c.server).where(RUNNING, JOBS.c.server.is_not(None))))


@dataclass(frozen=True, slots=True)
class Claimed:
    """The result of a claim. `passed`: an earlier job was left to an idle server, which should look at once. `nothing`:
    there is no job for any server now.
    """

    found: Job | Recall | None
    passed: bool = False
    nothing: bool = False


def claim(connection: Connection, claimant: Claimant) -> Claimed:
    """Claim the next job for this server: one whose worker died, otherwise the next fair one."""
    if (abandoned := _first(connection, claimant, _ABANDONED, deaths=1)) is not None:
        return Claimed(abandoned)
    own = claimant.reach in {Reach.OWN, Reach.ONLY}
    if own and (found := _first(connection, claimant, _HERE)) is not None:
        return Claimed(found)
    if claimant.reach is Reach.OWN:
        return Claimed(None)
    claimed = _next(connection, claimant)
    return claimed if claimed.found is not None else Claimed(None, nothing=not connection.scalar(_ANYTHING))


def _first(connection: Connection, claimant: Claimant, query: _Query, *, deaths: int = 0) -> Job | None:
    lost: set[int] = set()
    while found := _fitting(connection, claimant, query.search, lost, 1):
        if (taken := _take(connection, claimant, query, found[0], deaths)) is not None:
            return taken
        lost.add(found[0].number)
    return None


def _next(connection: Connection, claimant: Claimant) -> Claimed:
    query = _NEXT
    only, idle = claimant.reach is Reach.ONLY, claimant.reach is Reach.IDLE
    takers = connection.scalars(_OTHERS if only else _IDLE, {"here": claimant.server}).all()
    lost: set[int] = set()
    while True:
        found = _fitting(connection, claimant, query.search, lost, 1 if only else len(takers) + 1)
        chosen = choose(found, takers, claimant)
        ready = _ready_elsewhere(connection, claimant) if chosen is not None or idle else None
        if ready is not None and (chosen is None or ready.place < chosen.place):
            return Claimed(Recall(ready.id) if idle else None)
        if chosen is None:
            return Claimed(None)
        if (taken := _take(connection, claimant, query, chosen)) is not None:
            if passed := chosen is not found[0]:
                notify(connection, WORK)
            return Claimed(taken, passed)
        lost.add(chosen.number)


def choose(found: Sequence[Candidate], takers: Sequence[str], claimant: Claimant) -> Candidate | None:
    """Choose the candidate for this server, while each server in `takers` takes one as well. Pure.

    A busy server leaves a job to another server that can run it. An idle server takes the first job whose models it has
    loaded, if other servers can run all jobs before it: that way nobody waits longer.
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


def _take(connection: Connection, claimant: Claimant, query: _Query, chosen: Candidate, deaths: int = 0) -> Job | None:
    taking = {
        "here": claimant.server,
        "claimed_by": claimant.worker,
        "lease_seconds": claimant.lease_seconds,
        "deaths": deaths,
        "wanted": chosen.number,
    }
    taken = connection.execute(query.take, taking).one_or_none()
    return None if taken is None else job_of(taken)


def _ready_elsewhere(connection: Connection, claimant: Claimant) -> Candidate | None:
    asked = {"here": claimant.server, "beyond": list(claimant.beyond), "asked_back": list(claimant.asked_back)}
    found = (Candidate(*row) for row in connection.execute(_READY_ELSEWHERE, asked))
    return next((one for one in found if not one.needs or claimant.offers(one.needs)), None)


def _fitting(
    connection: Connection, claimant: Claimant, search: Select[Any], lost: Collection[int], at_most: int
) -> Sequence[Candidate]:
    """The first candidates for which the server has everything that they need."""
    asked = {"here": claimant.server, "beyond": list(claimant.beyond), "lost": list(lost), "at_most": at_most}
    lacking: set[str] = set()
    while found := [Candidate(*row) for row in connection.execute(search, {**asked, "lacking": list(lacking)})]:
        unmet = {one.needs for one in found if one.needs and not claimant.offers(one.needs)}
        if not unmet:
            return found
        lacking |= unmet
    return ()
