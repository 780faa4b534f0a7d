"""Bills: what each claim of a job cost, written in the transaction that ends the claim.

What a claim may cost is reserved when it begins. The reservation stays with the job until a bill takes its place, so
that a crash in between loses nothing.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Update, func, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import add_unless_there, now
from bot.ledger.database.rows import job_update
from bot.ledger.database.schema import ACTIVE, JOBS
from bot.ledger.jobs import Job
from bot.ledger.signals import WORK
from bot.ledger.spending.months import month_of
from bot.ledger.spending.tables import SPENDING

DIRECT_MESSAGES: Final = 0
"""In place of a guild."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a claim cost. None: nobody can tell, so what was reserved counts."""

    cost: int | None


class Bills:
    """The claims of this process whose cost is being measured, by the ids of their jobs."""

    def __init__(self) -> None:
        self._meters: dict[str, Callable[[], Bill]] = {}

    @contextlib.contextmanager
    def measuring(self, job_id: str, meter: Callable[[], Bill]) -> Iterator[None]:
        """While this lasts, `meter` says what the claim of this job has cost so far."""
        self._meters[job_id] = meter
        try:
            yield
        finally:
            if self._meters.get(job_id) is meter:
                del self._meters[job_id]

    def of(self, job: Job) -> Bill | None:
        """The bill for a claim that ends now; None if it costs nothing."""
        meter = self._meters.get(job.id)
        bill = Bill(None) if meter is None else meter()
        if job.reserved is None:
            return bill if bill.cost else None
        return bill


def billed(
    statement: Update, job: Job, bill: Bill | None, note: Callable[[Connection, Job], None]
) -> Callable[[Connection], Job | None]:
    """The transaction that ends a claim with this UPDATE: the bill takes the place of what was reserved, and is added
    to what was spent this month. `note` writes what else belongs into it.
    """
    cost = 0 if bill is None else _amount(job, bill)
    if bill is not None:
        statement = statement.values(reserved=None, charged=func.coalesce(JOBS.c.charged, 0) + cost)
    change = job_update(statement, WORK)

    def write(connection: Connection) -> Job | None:
        if (ended := change(connection)) is not None:
            if cost and job.server is not None:
                add(connection, job.guild_id, job.server, job.workflow, cost)
            note(connection, ended)
        return ended

    return write


def book_unknown(connection: Connection, job: Job, server: str, reserved: int) -> None:
    """Another server has taken the job. Nobody will find out what it cost on this one, so what was reserved counts."""
    charged = func.coalesce(JOBS.c.charged, 0) + reserved
    connection.execute(update(JOBS).where(JOBS.c.number == job.number).values(charged=charged))
    add(connection, job.guild_id, server, job.workflow, reserved)


def book_left(connection: Connection) -> None:
    """Book what is still reserved for jobs that ended without their worker: cancelled, while a server that nobody
    reached may have run them.
    """
    ended = JOBS.c.reserved.is_not(None), ~ACTIVE
    columns = JOBS.c.number, JOBS.c.guild_id, JOBS.c.server, JOBS.c.workflow, JOBS.c.reserved
    for row in connection.execute(select(*columns).where(*ended).with_for_update(skip_locked=True)).all():
        charged = func.coalesce(JOBS.c.charged, 0) + row.reserved
        connection.execute(update(JOBS).where(JOBS.c.number == row.number).values(charged=charged, reserved=None))
        if row.server is not None:
            add(connection, row.guild_id, row.server, row.workflow, row.reserved)


def add(connection: Connection, guild_id: int | None, server: str, workflow: str, cost: int) -> None:
    """Add the cost of one run to what was spent this month."""
    key = {
        "month": month_of(connection.scalars(select(now())).one()),
        "guild_id": DIRECT_MESSAGES if guild_id is None else guild_id,
        "server": server,
        "workflow": workflow,
    }
    add_unless_there(connection, SPENDING, **key, runs=0, cost=0)
    same = (SPENDING.c[name] == value for name, value in key.items())
    more = {"runs": SPENDING.c.runs + 1, "cost": SPENDING.c.cost + cost}
    connection.execute(update(SPENDING).where(*same).values(**more))


def _amount(job: Job, bill: Bill) -> int:
    return (job.reserved or 0) if bill.cost is None else bill.cost
