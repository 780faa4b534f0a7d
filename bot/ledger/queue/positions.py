"""A job's place in the queue. Computed from the ledger whenever it is needed, never stored."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import COSTS, GUILDS, IN_LINE, JOBS, RUNNING
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.jobs import Job, JobState
from bot.ledger.queue.costs import LIKE_THEM, typical
from bot.ledger.queue.workload import Abilities, ServerLoad, Workload
from bot.ledger.servers.servers import WORKING
from bot.ledger.shares.turns import in_turn, several_wait

COUNTED_AHEAD: Final = 1000
"""At most this many jobs ahead are counted, which bounds the cost however long the queue is."""
PLACE: Final = (JOBS.c.lane, JOBS.c.start_tag, JOBS.c.number)
"""The order of the jobs of one guild."""
_PAUSED: Final = exists().where(GUILDS.c.guild_id == JOBS.c.guild_id, GUILDS.c.paused_by.is_not(None))
_BOUND: Final = JOBS.c.server.is_not(None)
"""On a server since before a restart. Pausing the queue does not stop jobs that run."""
WAITING: Final = IN_LINE & JOBS.c.held_by.is_(None) & (_BOUND | ~_PAUSED)
"""In the queue, neither held nor paused."""

_earlier = JOBS.alias("earlier")
READY: Final = and_(
    RUNNING,
    JOBS.c.begun_at.is_(None),
    or_(
        JOBS.c.foreign_ahead > 0,
        exists().where(
            _earlier.c.state == literal_column(f"'{JobState.RUNNING}'"),
            _earlier.c.server == JOBS.c.server,
            _earlier.c.started_at < JOBS.c.started_at,
        ),
    ),
)
"""On a server behind another job or prompts of others, and not begun."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiting job's place: `ahead` jobs run before it, and `people` other members have jobs among those. It should be
    ready at `ready_at` (seconds since 1970; None while no server takes it).
    """

    ahead: int
    people: int
    ready_at: float | None
    foreign: int = 0
    """Prompts that others started in ComfyUI itself, and that come first on every server that takes it. Nobody knows
    for sure how long they take, so `ready_at` is the earliest time.
    """


# Built once, because SQLAlchemy takes longer to build a statement than to run it.
_CLOCK: Final = select(now())
_WORKING: Final = (
    select(SERVERS.c.url, func.max(SERVERS.c.foreign_prompts), func.max(SERVERS.c.foreign_until))
    .where(WORKING)
    .group_by(SERVERS.c.url)
)
_RUNNING: Final = (
    select(JOBS.c.server, JOBS.c.begun_at, JOBS.c.cost, JOBS.c.workflow, JOBS.c.needs, COSTS.c.recent)
    .select_from(JOBS.outerjoin(COSTS, LIKE_THEM & (COSTS.c.server == JOBS.c.server)))
    .where(RUNNING)
)
_BEFORE: Final = tuple_(*PLACE) < tuple_(bindparam("at_lane"), bindparam("at_tag"), bindparam("at_number"))
_AHEAD: Final = (
    select(JOBS.c.user_id, JOBS.c.workflow, JOBS.c.needs, JOBS.c.cost)
    .where(WAITING, _BEFORE)
    .order_by(*PLACE)
    .limit(COUNTED_AHEAD)
    .cte("ahead")
)
_NOT_THEIRS: Final = _AHEAD.c.user_id != bindparam("of_user")
_OTHERS: Final = select(func.count(_AHEAD.c.user_id.distinct())).where(_NOT_THEIRS).scalar_subquery()
_KINDS: Final = _AHEAD.c.workflow, _AHEAD.c.needs
_STANDING: Final = select(*_KINDS, func.sum(_AHEAD.c.cost), func.count(), _OTHERS).group_by(*_KINDS)

_WHOLE: Final = select(*JOB_COLUMNS).where(WAITING).order_by(*PLACE)
_LIGHT: Final = (JOBS.c.number, JOBS.c.user_id, JOBS.c.workflow, JOBS.c.needs, JOBS.c.cost, JOBS.c.epoch)
_ALONE: Final = select(*_LIGHT).where(WAITING).order_by(*PLACE).limit(bindparam("at_most"))
# The first jobs of every share in one statement, which reads no others. Each dialect has its own way to say that.
_SHARES: Final = select(JOBS.c.share).where(IN_LINE).distinct().subquery("shares")
_OF_SHARE: Final = (
    select(*_LIGHT, JOBS.c.lane, JOBS.c.start_tag)
    .where(WAITING, JOBS.c.share == _SHARES.c.share)
    .order_by(*PLACE)
    .limit(bindparam("at_most"))
    .correlate(_SHARES)
)
_FOUND: Final = JOBS.alias("found")


def _firsts(found: FromClause, condition: ColumnElement[bool]) -> Select[Any]:
    columns = _SHARES.c.share, *(found.c[column.name] for column in _LIGHT)
    order = _SHARES.c.share, found.c.lane, found.c.start_tag, found.c.number
    return select(*columns).select_from(_SHARES.join(found, condition)).order_by(*order)


_FIRSTS: Final = {
    "sqlite": _firsts(_FOUND, _FOUND.c.number.in_(_OF_SHARE.with_only_columns(JOBS.c.number))),
    "postgresql": _firsts(_OF_SHARE.lateral("found"), true()),
}
_BATCH: Final = 500
"""Rows found by their numbers in one statement."""


def standing(connection: Connection, job: Job, start_tag: float, abilities: Abilities) -> Standing:
    """One waiting job's place in the queue."""
    if several_wait(connection):
        return _standing_among(connection, job, abilities)
    place = {"at_lane": job.lane, "at_tag": start_tag, "at_number": job.number, "of_user": job.user_id}
    kinds = connection.execute(_STANDING, place).all()
    workload = _workload(connection, abilities)
    jobs = people = 0
    for workflow, needs, seconds, number, others in kinds:
        workload.add(workflow, needs, seconds)
        jobs, people = jobs + number, others
    return _placed(workload, job, jobs, people)


def kept_back(connection: Connection, limit: int, *conditions: ColumnElement[bool]) -> list[Job]:
    """Waiting jobs without a place in the queue (held, or of a paused guild), in the order of the queue."""
    statement = select(*JOB_COLUMNS).where(IN_LINE, JOBS.c.held_by.is_not(None) | (~_BOUND & _PAUSED), *conditions)
    return [job_of(row) for row in connection.execute(statement.order_by(*PLACE).limit(limit))]


def standings(connection: Connection, limit: int, abilities: Abilities) -> list[tuple[Job, Standing]]:
    """The waiting jobs, next one first, each with its place."""
    workload = _workload(connection, abilities)
    people: set[int] = set()
    found: list[tuple[Job, Standing]] = []
    for ahead, job in enumerate(_in_line(connection, limit)):
        found.append((job, _placed(workload, job, ahead, len(people) - (job.user_id in people))))
        people.add(job.user_id)
        workload.add(job.workflow, job.needs, job.cost)
    return found


def _in_line(connection: Connection, limit: int) -> list[Job]:
    if not several_wait(connection):
        return [job_of(row) for row in connection.execute(_WHOLE.limit(limit))]
    numbers = [*dict.fromkeys(one.number for one in _light_line(connection, limit))]
    found: dict[int, Job] = {}
    for some in (numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH)):
        rows = connection.execute(select(*JOB_COLUMNS).where(JOBS.c.number.in_(some)))
        found |= {job.number: job for job in map(job_of, rows)}
    # A server may have taken one meanwhile.
    return [found[number] for number in numbers if number in found and found[number].state is JobState.QUEUED]


def _light_line(connection: Connection, limit: int) -> Iterator[Any]:
    """The numbers, members and costs of the first waiting jobs of all shares."""
    read: dict[int, dict[int, list[Any]]] = {}

    def search(share: int | None, at_most: int) -> Sequence[Any]:
        if share is None:
            return connection.execute(_ALONE, {"at_most": at_most}).all()
        if at_most not in read:
            found = connection.execute(_FIRSTS[connection.dialect.name], {"at_most": at_most})
            read[at_most] = {key: [*rows] for key, rows in itertools.groupby(found, lambda row: row.share)}
        return read[at_most].get(share, ())

    return in_turn(connection, search, limit)


def _standing_among(connection: Connection, job: Job, abilities: Abilities) -> Standing:
    """A waiting job's place among those of several guilds."""
    ahead = [*itertools.takewhile(lambda one: one.number != job.number, _light_line(connection, COUNTED_AHEAD))]
    workload = _workload(connection, abilities)
    for one in ahead:
        workload.add(one.workflow, one.needs, one.cost)
    return _placed(workload, job, len(ahead), len({one.user_id for one in ahead} - {job.user_id}))


def _placed(workload: Workload, job: Job, ahead: int, people: int) -> Standing:
    kind = job.workflow, job.needs
    return Standing(ahead, people, workload.ready_at(*kind, job.cost), workload.foreign(*kind))


def _workload(connection: Connection, abilities: Abilities) -> Workload:
    """What the servers that take jobs are busy with."""
    clock = connection.scalars(_CLOCK).one()
    working = connection.execute(_WORKING).all()
    busy = {url: max(0.0, (until or 0.0) - clock) if prompts else 0.0 for url, prompts, until in working}
    # Without a working server there is no estimate, so what runs is not needed.
    running = connection.execute(_RUNNING).all() if busy else ()
    for job in running:
        if job.server in busy:
            busy[job.server] += _left(job, clock)
    workload = Workload(clock, [ServerLoad(url, busy[url], prompts) for url, prompts, _ in working], abilities.takes)
    for job in running:
        if job.server not in busy:
            # The others take over what a lost server has.
            workload.add(job.workflow, job.needs, _left(job, clock))
    return workload


def _left(job: Any, clock: float) -> float:  # noqa: ANN401 - a row of _RUNNING
    """Seconds of work left in a job that is on a server, begun or not. It takes as long as such jobs take there, or as
    its request was estimated if that server has run none like it.
    """
    cost = typical(job.recent) if job.recent else float(job.cost)
    return max(0.0, cost - (clock - job.begun_at if job.begun_at is not None else 0.0))
