"""A new job's place in the queue: start-time fair queueing.

Each member has a clock, which each of their jobs advances by its cost divided by the member's weight. A job starts at
that clock, but never before the queue's virtual time, which is the start of the job that began last. Jobs run in the
order of their starts, so a flood waits behind its own member's clock and delays nobody else by more than one job. When
nothing is left to do, virtual time advances to the last clock, so that nobody pays later for delaying nobody.

All of this is about one guild: which guild's turn it is, `bot.ledger.shares.turns` says.

Goyal, Vin, Cheng: Start-time Fair Queuing, IEEE/ACM Transactions on Networking 5(5), 1997.
"""

import math
from typing import Final

from sqlalchemy import ColumnElement, bindparam, exists, func, insert, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import lock_user, now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import COUNTED, DONE, JOBS, RUNNING, STARTED
from bot.ledger.jobs import Allowance, Job, JobState, NewJob
from bot.ledger.links.links import use_link
from bot.ledger.queue.costs import expected
from bot.ledger.queue.limits import check_limits
from bot.ledger.queue.positions import PLACE, READY, WAITING, Standing, standing
from bot.ledger.queue.workload import Abilities
from bot.ledger.shares.turns import share_of


def _most(column: ColumnElement[float], *conditions: ColumnElement[bool]) -> ColumnElement[float]:
    newest = select(column).where(*conditions).order_by(column.desc()).limit(1)
    return func.coalesce(newest.scalar_subquery(), 0.0)


_OF_SHARE: Final = JOBS.c.share == bindparam("of_share")
_NEXT: Final = select(JOBS.c.start_tag).where(WAITING, _OF_SHARE).order_by(*PLACE).limit(1).scalar_subquery()
_CLOCKS: Final = select(
    # What is only ready on its server may still have to make way.
    _most(JOBS.c.start_tag, STARTED, ~READY, _OF_SHARE).label("begun"),
    _most(JOBS.c.finish_tag, COUNTED, _OF_SHARE, JOBS.c.user_id == bindparam("for_user")).label("own"),
    _most(JOBS.c.finish_tag, DONE, _OF_SHARE).label("served"),
    _NEXT.label("next"),
    exists().where(RUNNING, _OF_SHARE).label("busy"),
)
_INSERT: Final = insert(JOBS).values(created_at=now()).returning(*JOB_COLUMNS)
_ORDERED: Final = tuple(name for name in NewJob.__dataclass_fields__ if name not in {"guess", "link_id"})


def place(connection: Connection, new: NewJob, allowance: Allowance, abilities: Abilities) -> tuple[Job, Standing]:
    """Store the job at its place in the queue. Raises `LimitReached` and `LinkUsed`."""
    job, start_tag = store(connection, new, allowance)
    return job, standing(connection, job, start_tag, abilities)


def store(connection: Connection, new: NewJob, allowance: Allowance) -> tuple[Job, float]:
    """Store the job, and return it with its start tag. Raises `LimitReached` and `LinkUsed`."""
    lock_user(connection, new.user_id)
    if new.link_id is not None:
        use_link(connection, new.link_id, new.id)
    check_limits(connection, new, allowance)
    cost = expected(connection, new.workflow, new.size_class, new.guess)
    share = share_of(new.guild_id, new.user_id)
    start_tag = _start(connection, new.user_id, share)
    values = {name: getattr(new, name) for name in _ORDERED} | {
        "state": JobState.QUEUED,
        "lane": allowance.lane,
        "weight": allowance.weight,
        "cost": cost,
        "start_tag": start_tag,
        "finish_tag": start_tag + cost / allowance.weight,
        # No longer read, but the column is NOT NULL.
        "overtaken": False,
        "bound_until": 0.0,
        "epoch": 0,
        "losses": 0,
        "takeovers": 0,
    }
    return job_of((connection.execute(_INSERT, values)).one()), start_tag


def _start(connection: Connection, user_id: int, share: int) -> float:
    begun, own, served, following, busy = connection.execute(_CLOCKS, {"for_user": user_id, "of_share": share}).one()
    virtual_time = begun if busy else max(begun, min(served, math.inf if following is None else following))
    return float(max(virtual_time, own))
