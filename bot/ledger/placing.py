"""A new job's place in line: start-time fair queueing.

Each member has a clock of his own, which every job of his moves on by its cost, divided by his weight. A job starts
where that clock stands, but never before the line's virtual time, which is the start of the job that was begun last.
Served in the order of their starts, a flood waits behind its own clock and delays nobody else by more than one job.

Goyal, Vin, Cheng: Start-time Fair Queuing, IEEE/ACM Transactions on Networking 5(5), 1997.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.engine import Connection

from bot.ledger.costs import expected
from bot.ledger.dialects import greatest, lock_user, now
from bot.ledger.jobs import Allowance, Job, JobState, NewJob
from bot.ledger.limits import check_limits
from bot.ledger.line import Standing, standing
from bot.ledger.rows import JOB_COLUMNS, job_of
from bot.ledger.schema import COUNTED, JOBS, STARTED

_VIRTUAL_TIME: Final = (
    select(JOBS.c.start_tag).where(STARTED).order_by(JOBS.c.start_tag.desc()).limit(1).scalar_subquery()
)
_OWN_CLOCK: Final = (
    select(JOBS.c.finish_tag)
    .where(COUNTED, JOBS.c.user_id == bindparam("for_user"))
    .order_by(JOBS.c.finish_tag.desc())
    .limit(1)
    .scalar_subquery()
)
_START: Final = select(greatest(func.coalesce(_VIRTUAL_TIME, 0.0), func.coalesce(_OWN_CLOCK, 0.0)))
_INSERT: Final = insert(JOBS).values(created_at=now()).returning(*JOB_COLUMNS)
_ORDERED: Final = tuple(name for name in NewJob.__dataclass_fields__ if name != "guess")


def place(connection: Connection, new: NewJob, allowance: Allowance) -> tuple[Job, Standing]:
    """Write the job down at its place in line. Raises `LimitReached`."""
    lock_user(connection, new.user_id)
    check_limits(connection, new, allowance)
    cost = expected(connection, new.workflow, new.size_class, new.guess)
    start_tag = float(connection.scalar(_START, {"for_user": new.user_id}) or 0.0)
    values = {name: getattr(new, name) for name in _ORDERED} | {
        "state": JobState.QUEUED,
        "lane": allowance.lane,
        "weight": allowance.weight,
        "cost": cost,
        "start_tag": start_tag,
        "finish_tag": start_tag + cost / allowance.weight,
        "overtaken": False,
        "bound_until": 0.0,
        "epoch": 0,
        "losses": 0,
        "takeovers": 0,
    }
    job = job_of((connection.execute(_INSERT, values)).one())
    return job, standing(connection, job, start_tag)
