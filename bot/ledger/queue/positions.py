"""A job's place in the queue. Computed from the ledger whenever it is needed, never stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, exists, func, select, tuple_
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import COSTS, GUILDS, IN_LINE, JOBS, RUNNING
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.jobs import Job
from bot.ledger.queue.costs import LIKE_THEM, typical
from bot.ledger.queue.servers import WORKING

COUNTED_AHEAD: Final = 1000
"""At most this many jobs ahead are counted, which bounds the cost however long the queue is."""
PLACE: Final = (JOBS.c.lane, JOBS.c.start_tag, JOBS.c.number)
"""The order of the queue."""
_PAUSED: Final = exists().where(GUILDS.c.guild_id == JOBS.c.guild_id, GUILDS.c.paused_by.is_not(None))
_BOUND: Final = JOBS.c.server.is_not(None)
"""On a server since before a restart. Pausing the queue does not stop jobs that run."""
WAITING: Final = IN_LINE & JOBS.c.held_by.is_(None) & (_BOUND | ~_PAUSED)
"""In the queue, neither held nor paused."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiting job's place: `ahead` jobs run before it, and `people` other members have jobs among those. It should be
    ready at `ready_at` (seconds since 1970; None while no server takes jobs).
    """

    ahead: int
    people: int
    ready_at: float | None


@dataclass(frozen=True, slots=True)
class _Servers:
    """The work left for all servers together: `seconds` of it, shared by `count` servers, at the time `now`."""

    now: float
    count: int
    seconds: float

    def ready_at(self, seconds_ahead: float, cost: float) -> float | None:
        """When a job of this cost is ready, if so many seconds of work are ahead of it."""
        return self.now + (self.seconds + seconds_ahead) / self.count + cost if self.count else None


# Built once, because SQLAlchemy takes longer to build a statement than to run it.
_COUNT: Final = select(func.count(SERVERS.c.url.distinct())).where(WORKING).scalar_subquery()
_CLOCK_AND_COUNT: Final = select(now(), _COUNT)
_RUNNING: Final = (
    select(JOBS.c.server, JOBS.c.begun_at, JOBS.c.cost, COSTS.c.recent)
    .select_from(JOBS.outerjoin(COSTS, LIKE_THEM & (COSTS.c.server == JOBS.c.server)))
    .where(RUNNING)
)
_BEFORE: Final = tuple_(*PLACE) < tuple_(bindparam("at_lane"), bindparam("at_tag"), bindparam("at_number"))
_AHEAD: Final = (
    select(JOBS.c.user_id, JOBS.c.cost).where(WAITING, _BEFORE).order_by(*PLACE).limit(COUNTED_AHEAD).subquery()
)
_OTHERS: Final = func.count(_AHEAD.c.user_id.distinct()).filter(_AHEAD.c.user_id != bindparam("of_user"))
_STANDING: Final = select(
    func.count(), _OTHERS, func.coalesce(func.sum(_AHEAD.c.cost), 0.0), now(), _COUNT
).select_from(_AHEAD)


def standing(connection: Connection, job: Job, start_tag: float) -> Standing:
    """One waiting job's place in the queue."""
    place = {"at_lane": job.lane, "at_tag": start_tag, "at_number": job.number, "of_user": job.user_id}
    number, people, seconds, clock, count = connection.execute(_STANDING, place).one()
    servers = _servers(connection, clock, count)
    return Standing(number, people, servers.ready_at(seconds, job.cost))


def kept_back(connection: Connection, limit: int, *conditions: ColumnElement[bool]) -> list[Job]:
    """Waiting jobs without a place in the queue (held, or of a paused guild), in the order of the queue."""
    statement = select(*JOB_COLUMNS).where(IN_LINE, JOBS.c.held_by.is_not(None) | (~_BOUND & _PAUSED), *conditions)
    return [job_of(row) for row in connection.execute(statement.order_by(*PLACE).limit(limit))]


def standings(connection: Connection, limit: int, *guild: ColumnElement[bool]) -> list[tuple[Job, Standing]]:
    """The waiting jobs, next one first, each with its place."""
    rows = connection.execute(select(*JOB_COLUMNS).where(WAITING, *guild).order_by(*PLACE).limit(limit))
    clock, count = connection.execute(_CLOCK_AND_COUNT).one()
    return _placed([job_of(row) for row in rows], _servers(connection, clock, count))


def _placed(jobs: Sequence[Job], servers: _Servers) -> list[tuple[Job, Standing]]:
    seconds = 0.0
    people: set[int] = set()
    placed: list[tuple[Job, Standing]] = []
    for ahead, job in enumerate(jobs):
        others = len(people) - (job.user_id in people)
        placed.append((job, Standing(ahead, others, servers.ready_at(seconds, job.cost))))
        people.add(job.user_id)
        seconds += job.cost
    return placed


def _servers(connection: Connection, clock: float, count: int) -> _Servers:
    # Without a working server there is no estimate, so the sum is not needed.
    return _Servers(clock, count, _left(connection.execute(_RUNNING), clock) if count else 0.0)


def _left(running: Iterable[Any], clock: float) -> float:
    """Seconds of work left in jobs that are on a server, begun or not."""
    return sum(max(0.0, _cost(job) - (clock - job.begun_at if job.begun_at is not None else 0.0)) for job in running)


def _cost(row: Any) -> float:  # noqa: ANN401 - a row of _RUNNING
    """Seconds the job takes on its server, or the estimate of its request if that server has run none like it."""
    return typical(row.recent) if row.recent else float(row.cost)
