"""Which job a server gets: the next one in fair order, so that nobody waits while a server is idle.

Each claim increments the job's epoch, and everything its worker writes carries that epoch. A worker that was wrongly
considered dead therefore cannot overwrite its successor (see `leases`).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Update,
    bindparam,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.ledger.candidates import Candidate, Claimant, Reach, Recall
from bot.ledger.database.dialects import notify, now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import IN_LINE, JOBS, RUNNING
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.jobs import Job, JobState
from bot.ledger.queue.costs import reservation_of
from bot.ledger.queue.leases import ELSEWHERE_SECONDS
from bot.ledger.queue.positions import PLACE, READY, WAITING
from bot.ledger.servers.servers import WORKING
from bot.ledger.shares.turns import charge, in_turn
from bot.ledger.signals import WORK
from bot.ledger.spending.bills import book_unknown
from bot.ledger.spending.budget import AFFORDABLE, RESERVED, Left, OverBudget, open_budget

_UNACKNOWLEDGED_SECONDS: Final = 10.0
"""After this long, a job runs even if its reply is still not known to exist. Before, another program that uses the same
token may have been faster to answer, and may be running the job.
"""
_RECALLED_AMONG: Final = 20
_MARGIN_SECONDS: Final = 1e-3
"""Seconds of the queue's virtual time, less than any job takes and more than moderators put between jobs: what they
move to the front is next, and takes no place of a job that is ready on a server.
"""


@dataclass(frozen=True, slots=True)
class _Query:
    """One kind of claim: the query for candidates, and the UPDATE that takes one if it is still available."""

    search: Select[Any]
    take: Update


CANDIDATE: Final = tuple(JOBS.c[name] for name in Candidate.__dataclass_fields__)


def _query(*conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]]) -> _Query:
    # Reads without a lock, because rows that are only looked at must not be hidden from simultaneous claims.
    search = (
        select(*CANDIDATE)
        .where(*conditions)
        .where(JOBS.c.workflow.not_in(bindparam("beyond", expanding=True)))
        .where(JOBS.c.needs.not_in(bindparam("lacking", expanding=True)))
        .where(JOBS.c.number.not_in(bindparam("lost", expanding=True)))
        .where(AFFORDABLE)
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
            foreign_ahead=0,
            reserved=RESERVED,
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
_OF_SHARE: Final = JOBS.c.share == bindparam("of_share")
_NEXT_OF_SHARE: Final = _query(WAITING, _FREE_HERE, _ACKNOWLEDGED, _OF_SHARE, order=PLACE)
_HERE: Final = _query(WAITING, JOBS.c.server == bindparam("here"), order=PLACE)

_READY_ELSEWHERE: Final = (
    select(*CANDIDATE)
    .where(READY, JOBS.c.cancelled_by.is_(None), JOBS.c.lease_until > now())
    .where(JOBS.c.server != bindparam("here"))
    .where(JOBS.c.workflow.not_in(bindparam("beyond", expanding=True)))
    .where(JOBS.c.id.not_in(bindparam("asked_back", expanding=True)))
    .order_by(*PLACE)
    .limit(_RECALLED_AMONG)
)
_ANYTHING: Final = select(or_(exists().where(IN_LINE), exists().where(RUNNING, JOBS.c.begun_at.is_(None))))
_OTHERS: Final = select(SERVERS.c.url).where(WORKING, SERVERS.c.url != bindparam("here")).distinct()
IDLE: Final = _OTHERS.where(
    SERVERS.c.foreign_prompts == 0,
    SERVERS.c.url.not_in(select(JOBS.c.server).where(RUNNING, JOBS.c.server.is_not(None))),
)
"""Servers that have nothing to do, but the claimant's."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The result of a claim. `passed`: an earlier job was left to an idle server, which should look at once. `nothing`:
    there is no job for any server now.
    """

    found: Job | Recall | OverBudget | None
    passed: bool = False
    nothing: bool = False


def claim(connection: Connection, claimant: Claimant) -> Claimed:
    """Claim the next job for this server: one whose worker died, otherwise the next fair one."""
    if (abandoned := _first(connection, claimant, _ABANDONED, deaths=1)) is not None:
        return Claimed(abandoned)
    if claimant.reach in {Reach.OWN, Reach.ONLY} and (found := _first(connection, claimant, _HERE)) is not None:
        return Claimed(found)
    if claimant.reach is Reach.OWN:
        return Claimed(None)
    claimed = _next(connection, claimant, open_budget(connection, claimant.purse.limit))
    limited = claimant.purse.limit is not None and not isinstance(claimed.found, Job | Recall)
    if limited and (found := _first(connection, claimant, _HERE)) is not None:
        return Claimed(found)
    return claimed if claimed.found is not None else Claimed(None, nothing=not connection.scalar(_ANYTHING))


def before(connection: Connection, claimant: Claimant, left: Left, ready: Candidate, at_most: int) -> list[Candidate]:
    """The first of the waiting jobs that the server would claim before the one that is `ready` there, if it gave that
    one back. None is claimed.
    """
    lane, tag, number = ready.place
    held = lane, tag - _MARGIN_SECONDS, number

    def search(share: int | None, at_most: int) -> Sequence[Candidate]:
        found = _search(connection, claimant, (), left, share, at_most)
        if share not in {None, ready.share}:
            return found
        return sorted([*found, ready], key=lambda one: held if one is ready else one.place)[:at_most]

    found = in_turn(connection, search, at_most, ready)
    return [*itertools.takewhile(lambda one: one.number != ready.number, found)]


def fitting(connection: Connection, claimant: Claimant, at_most: int) -> Sequence[Candidate]:
    """The first of the waiting jobs that this server can run, as if all guilds were one. None is claimed."""
    return _fitting(connection, claimant, _NEXT.search, (), at_most, Left())


def _search(
    connection: Connection,
    claimant: Claimant,
    lost: Collection[int],
    left: Left,
    share: int | None,
    at_most: int,
) -> Sequence[Candidate]:
    query = _NEXT if share is None else _NEXT_OF_SHARE
    return _fitting(connection, claimant, query.search, lost, at_most, left, share)


def _first(connection: Connection, claimant: Claimant, query: _Query, *, deaths: int = 0) -> Job | None:
    lost: set[int] = set()
    while found := _fitting(connection, claimant, query.search, lost, 1, Left()):
        if (taken := _take(connection, claimant, query, found[0], deaths)) is not None:
            return taken
        lost.add(found[0].number)
    return None


def _next(connection: Connection, claimant: Claimant, left: Left) -> Claimed:
    only, idle = claimant.reach is Reach.ONLY, claimant.reach is Reach.IDLE
    takers = connection.scalars(_OTHERS if only else IDLE, {"here": claimant.server}).all()
    lost: set[int] = set()
    search = partial(_search, connection, claimant, lost, left)
    while True:
        found = [*in_turn(connection, search, 1 if only else len(takers) + 1)]
        chosen = choose(found, takers, claimant)
        ready = _ready_elsewhere(connection, claimant) if chosen is not None or idle else None
        first = ready if ready is not None and (chosen is None or ready.precedes(chosen)) else chosen
        if first is None:
            return Claimed(left.still_over(claimant.purse))
        price = reservation_of(connection, claimant.purse.price, claimant.server, first)
        if not left.pays(price.cost, measured=price.measured):
            return Claimed(left.over(price.cost, measured=price.measured))
        if first is ready:
            return Claimed(Recall(first.id) if idle else None)
        if (taken := _take(connection, claimant, _NEXT, first)) is not None:
            if passed := first is not found[0]:
                notify(connection, WORK)
            return Claimed(taken, passed)
        lost.add(first.number)


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
        "to_reserve": reservation_of(connection, claimant.purse.price, claimant.server, chosen).cost or None,
    }
    taken = connection.execute(query.take, taking).one_or_none()
    if taken is None:
        return None
    if not chosen.epoch and chosen.share is not None:
        charge(connection, chosen.share, chosen.cost)
    if chosen.reserved and chosen.server not in {None, claimant.server}:
        book_unknown(connection, job_of(taken), chosen.server, chosen.reserved)
    return job_of(taken)


def _ready_elsewhere(connection: Connection, claimant: Claimant) -> Candidate | None:
    asked = {"here": claimant.server, "beyond": list(claimant.beyond), "asked_back": list(claimant.asked_back)}
    found = (Candidate(*row) for row in connection.execute(_READY_ELSEWHERE, asked))
    return next((one for one in found if not one.needs or claimant.offers(one.needs)), None)


def _fitting(
    connection: Connection,
    claimant: Claimant,
    search: Select[Any],
    lost: Collection[int],
    at_most: int,
    left: Left,
    share: int | None = None,
) -> Sequence[Candidate]:
    """The first candidates, of a share or of all, for which the server has everything that they need."""
    asked = {"here": claimant.server, "beyond": list(claimant.beyond), "lost": list(lost), "at_most": at_most}
    asked |= {"for_partners": left.for_partners} | ({} if share is None else {"of_share": share})
    lacking: set[str] = set()
    while found := [Candidate(*row) for row in connection.execute(search, {**asked, "lacking": list(lacking)})]:
        unmet = {one.needs for one in found if one.needs and not claimant.offers(one.needs)}
        if not unmet:
            return found
        lacking |= unmet
    return ()
