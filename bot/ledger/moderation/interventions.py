"""Moderators' acts on jobs, as SQL. Each is one guarded UPDATE, so that of two at once each gets a true result."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, and_, case, func, or_, select, update

from bot.ledger.database.dialects import now
from bot.ledger.database.schema import ACTIVE, AWAITS, IN_LINE, JOBS
from bot.ledger.jobs import BY_RULE, PICTURE, JobState
from bot.ledger.queue.leases import ELSEWHERE_SECONDS
from bot.ledger.servers.servers import is_away

_ONE_PLACE: Final = 1e-6
"""Seconds of the queue's virtual time, less than any job takes. Puts a job right before another."""
_FREE: Final = JOBS.c.server.is_(None)
"""Not tied to a server that may have it already."""


def cancel(worker: str, by: int, reason: str | None, *which: ColumnElement[bool]) -> Update:
    """Cancel waiting jobs, and have the workers of running ones stop them. The first request counts.

    `worker` identifies the process that updates the messages of jobs that waited.
    """
    # One statement, because between two a job could change from running back to waiting and be missed. A job that is
    # tied to a server may still run there since before a restart, so its worker has to stop it. Nobody waits for an
    # unreachable server, or for the server of a held job, which has finished its work.
    waits = and_(IN_LINE, or_(_FREE, JOBS.c.held_by.is_not(None), is_away(JOBS.c.server)))
    nobody_yet = JOBS.c.cancelled_by.is_(None)
    return (
        update(JOBS)
        .where(ACTIVE, *which)
        .values(
            state=case((waits, JobState.CANCELLED), else_=JOBS.c.state),
            finished_at=case((waits, now()), else_=None),
            worker=case((waits, worker), else_=JOBS.c.worker),
            cancelled_by=case((nobody_yet, by), else_=JOBS.c.cancelled_by),
            reason=case((nobody_yet, reason), else_=JOBS.c.reason),
        )
    )


def cancel_all(worker: str, by: int, reason: str | None, job_ids: Collection[str]) -> Update:
    """Cancel these jobs."""
    return cancel(worker, by, reason, _in_order(JOBS.c.id.in_(job_ids)))


def stop(worker: str, guild_id: int, by: int, reason: str | None, *which: ColumnElement[bool]) -> Update:
    """Cancel those jobs of a guild that nobody has cancelled yet."""
    meant = JOBS.c.guild_id == guild_id, ACTIVE, JOBS.c.cancelled_by.is_(None), *which
    return cancel(worker, by, reason, *meant, _in_order(*meant))


def _in_order(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Those rows, locked in a fixed order, so that two who cancel many at once cannot deadlock."""
    return JOBS.c.number.in_(select(JOBS.c.number).where(*which).order_by(JOBS.c.number).with_for_update())


def request_of(job_id: str) -> ColumnElement[bool]:
    """The job, and if it is a cell of a grid, all other cells: for moderators a grid is one thing."""
    cell = JOBS.alias("cell")
    grid = select(cell.c.grid_id).where(cell.c.id == job_id).scalar_subquery()
    return or_(JOBS.c.id == job_id, JOBS.c.grid_id == grid)


def hold(job_id: str, guild_id: int, by: int, reason: str | None) -> Update:
    """Hold a waiting job until it is released."""
    return _waiting(request_of(job_id), guild_id, _FREE, JOBS.c.held_by.is_(None)).values(
        held_by=by, hold_reason=reason
    )


def release(job_id: str, guild_id: int, *, approved_by: int | None = None, awaiting: str | None = None) -> Update:
    """Release a held job to its old place in the queue. After an approval it keeps its reason, which says what was
    approved. A server that has the job's images gets some time in which only that server may take it.

    `awaiting`: release it only if this is what a moderator has to review.
    """
    changed: dict[str, Any] = {"hold_reason": None} if approved_by is None else {"approved_by": approved_by}
    return _waiting(_reviewed(job_id, awaiting), guild_id, *_kept_back(awaiting)).values(
        held_by=None, bound_until=now() + ELSEWHERE_SECONDS, **changed
    )


def to_the_front(job_id: str, guild_id: int) -> Update:
    """Move a job just before the first one of its guild. Jobs of other guilds that are earlier stay earlier."""
    others = JOBS.alias("others")
    of_guild = (others.c.state == JobState.QUEUED) & (others.c.guild_id == guild_id)
    first = select(func.min(others.c.start_tag)).where(of_guild).scalar_subquery()
    lane = select(func.min(others.c.lane)).where(of_guild).scalar_subquery()
    return _waiting(request_of(job_id), guild_id, _FREE).values(start_tag=first - _ONE_PLACE, lane=lane)


def reject(worker: str, job_id: str, guild_id: int, by: int, reason: str | None, awaiting: str | None = None) -> Update:
    """Cancel a held job. `held_by` stays, because what a rule hid must stay hidden after a rejection."""
    return _waiting(_reviewed(job_id, awaiting), guild_id, *_kept_back(awaiting)).values(
        state=JobState.CANCELLED, cancelled_by=by, reason=reason, finished_at=now(), worker=worker
    )


def _kept_back(awaiting: str | None) -> tuple[ColumnElement[bool], ...]:
    held = JOBS.c.held_by.is_not(None)
    return (held,) if awaiting is None else (held, JOBS.c.held_by == BY_RULE, AWAITS == awaiting)  # noqa: SIM300


def _reviewed(job_id: str, awaiting: str | None) -> ColumnElement[bool]:
    """What a decision is about. The images of each cell of a grid are reviewed one by one, their prompt once."""
    return JOBS.c.id == job_id if awaiting == PICTURE else request_of(job_id)


def _waiting(which: ColumnElement[bool], guild_id: int, *conditions: Any) -> Update:  # noqa: ANN401 - SQL conditions
    return update(JOBS).where(which, JOBS.c.guild_id == guild_id, IN_LINE, *conditions)
