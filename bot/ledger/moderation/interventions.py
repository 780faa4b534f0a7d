"""What moderators do to jobs: each act is one guarded statement, so that two at once get one truthful answer each."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Update, and_, case, func, or_, select, update

from bot.ledger.database.dialects import now
from bot.ledger.database.schema import ACTIVE, AWAITS, IN_LINE, JOBS
from bot.ledger.jobs import BY_RULE, JobState
from bot.ledger.queue.leases import ELSEWHERE_SECONDS
from bot.ledger.queue.servers import is_away

_ONE_PLACE: Final = 1e-6
"""Seconds of the line's virtual time: less than any job takes."""
_FREE: Final = JOBS.c.server.is_(None)
"""Not bound to a server that may have it already."""


def cancel(worker: str, by: int, reason: str | None, *which: ColumnElement[bool]) -> Update:
    """Cancel what waits, and have the worker of what runs stop it. Whoever asked first has cancelled it.

    `worker` names the process that brings the messages of those that waited to their end.
    """
    # One statement: between two, the job could go from running back to waiting and be in neither.
    # One that is bound to a server may be under way there since before a restart: its worker has to stop it. But
    # nobody waits for a server that does not answer, or for one that has nothing more to do for a job that is held.
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


def stop(worker: str, guild_id: int, by: int, reason: str | None, *which: ColumnElement[bool]) -> Update:
    """Cancel those jobs of a guild that nobody has cancelled yet."""
    meant = JOBS.c.guild_id == guild_id, ACTIVE, JOBS.c.cancelled_by.is_(None), *which
    # Locked in one order: two who cancel everything at once must not wait for each other.
    locked = select(JOBS.c.number).where(*meant).order_by(JOBS.c.number).with_for_update()
    return cancel(worker, by, reason, *meant, JOBS.c.number.in_(locked))


def hold(job_id: str, guild_id: int, by: int, reason: str | None) -> Update:
    """Keep a waiting job back until it is released."""
    return _waiting(job_id, guild_id, _FREE, JOBS.c.held_by.is_(None)).values(held_by=by, hold_reason=reason)


def release(job_id: str, guild_id: int, *, approved_by: int | None = None, awaiting: str | None = None) -> Update:
    """Let a job that was kept back wait at its old place again. With an approval it keeps the reason: what of it was
    approved. One whose pictures are on a server already has that for a while to itself.

    `awaiting`: only if that is what a moderator has to look at.
    """
    changed: dict[str, Any] = {"hold_reason": None} if approved_by is None else {"approved_by": approved_by}
    return _waiting(job_id, guild_id, *_kept_back(awaiting)).values(
        held_by=None, bound_until=now() + ELSEWHERE_SECONDS, **changed
    )


def to_the_front(job_id: str, guild_id: int) -> Update:
    """Let a job go before all others of its guild; whoever waits in another guild is passed by nobody for that."""
    others = JOBS.alias("others")
    of_guild = (others.c.state == JobState.QUEUED) & (others.c.guild_id == guild_id)
    first = select(func.min(others.c.start_tag)).where(of_guild).scalar_subquery()
    lane = select(func.min(others.c.lane)).where(of_guild).scalar_subquery()
    return _waiting(job_id, guild_id, _FREE).values(start_tag=first - _ONE_PLACE, lane=lane)


def reject(worker: str, job_id: str, guild_id: int, by: int, reason: str | None, awaiting: str | None = None) -> Update:
    """End a job that was kept back. Who held it stays: what a rule hid is not shown because it was rejected."""
    return _waiting(job_id, guild_id, *_kept_back(awaiting)).values(
        state=JobState.CANCELLED, cancelled_by=by, reason=reason, finished_at=now(), worker=worker
    )


def _kept_back(awaiting: str | None) -> tuple[ColumnElement[bool], ...]:
    held = JOBS.c.held_by.is_not(None)
    return (held,) if awaiting is None else (held, JOBS.c.held_by == BY_RULE, AWAITS == awaiting)  # noqa: SIM300


def _waiting(job_id: str, guild_id: int, *conditions: Any) -> Update:  # noqa: ANN401 - SQL conditions
    return update(JOBS).where(JOBS.c.id == job_id, JOBS.c.guild_id == guild_id, IN_LINE, *conditions)
