"""The ledger: every transition of a job is one guarded statement, committed before anybody hears of it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, case, func, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.database import Database
from bot.ledger.jobs import Cancellation, Job, JobState, NewJob
from bot.ledger.schema import JOBS
from bot.ledger.shelf import Shelf
from bot.ledger.signals import Signals

_WAITING_OR_RUNNING = JOBS.c.state.in_([JobState.QUEUED, JobState.RUNNING])
# A member waits for this one: one statement says both, the job and how many wait before it.
_SUBMIT = insert(JOBS).returning(
    JOBS,
    literal_column(
        "(SELECT count(*) FROM jobs AS earlier WHERE earlier.state = 'queued' AND earlier.number < jobs.number)"
    ),
)


async def open_ledger(database_url: str) -> Ledger:
    """Open the database, creating what is missing. The caller closes it."""
    return Ledger(await Database.open(database_url))


class Ledger:
    """All jobs. Methods that change a job return it as it is afterwards, or None when the guard did not hold."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.signals = Signals()
        self.shelf = Shelf(database)

    async def close(self) -> None:
        """Give the database back."""
        await self._database.close()

    async def submit(self, new: NewJob) -> tuple[Job, int]:
        """Accept a job: once this returns it survives anything. Also returns how many wait before it."""
        values = {column: getattr(new, column) for column in NewJob.__dataclass_fields__}
        values |= {"state": JobState.QUEUED, "epoch": 0, "losses": 0, "created_at": time.time()}
        result = await self._database.transaction(lambda connection: connection.execute(_SUBMIT, values))
        *columns, ahead = result.one()
        return _job(columns), ahead

    async def acknowledged(self, job_id: str, message_id: int) -> None:
        """Remember the message that carries the job."""
        await self._update(update(JOBS).where(JOBS.c.id == job_id).values(message_id=message_id))

    async def claim(self, server: str, beyond: Collection[str] = ()) -> Job | None:
        """Take the next job for this server: the oldest that waits, is not bound to another server, and whose
        workflow is not `beyond` this one.
        """
        free = or_(JOBS.c.server.is_(None), JOBS.c.server == server) & JOBS.c.workflow.not_in(beyond)
        oldest = select(func.min(JOBS.c.number)).where(JOBS.c.state == JobState.QUEUED, free).scalar_subquery()
        return await self._update(
            update(JOBS)
            .where(JOBS.c.number == oldest, JOBS.c.state == JobState.QUEUED)
            .values(state=JobState.RUNNING, server=server, epoch=JOBS.c.epoch + 1, started_at=time.time())
        )

    async def finish(self, job: Job, state: JobState, reason: str | None = None) -> Job | None:
        """End a claimed job as done, failed or cancelled."""
        ended = await self._update(_still(job).values(state=state, reason=reason, finished_at=time.time()))
        self.signals.ring()
        return ended

    async def give_back(self, job: Job, *, lost: bool) -> Job | None:
        """Put a claimed job back at its old place in line, for any server; `lost` counts against the server."""
        losses = JOBS.c.losses + 1 if lost else JOBS.c.losses
        returned = await self._update(
            _still(job).values(state=JobState.QUEUED, server=None, started_at=None, losses=losses)
        )
        self.signals.ring()
        return returned

    async def cancel(self, job_id: str, *, by: int) -> Cancellation:
        """Cancel a waiting job, or ask the worker of a running one to."""
        # One statement: between two, the job could go from running back to waiting and be in neither.
        # One that is bound to a server may be under way there since before a restart: its worker has to stop it.
        waits = and_(JOBS.c.state == JobState.QUEUED, JOBS.c.server.is_(None))
        found = await self._update(
            update(JOBS)
            .where(JOBS.c.id == job_id, _WAITING_OR_RUNNING)
            .values(
                state=case((waits, JobState.CANCELLED), else_=JOBS.c.state),
                finished_at=case((waits, time.time()), else_=None),
                cancelled_by=by,
            )
        )
        if found is None:
            return Cancellation.OVER
        if found.state is JobState.CANCELLED:
            return Cancellation.CANCELLED
        self.signals.cancel(job_id)
        return Cancellation.REQUESTED

    async def recover(self, servers: Collection[str]) -> int:
        """At a start: jobs that ran when the last process ended wait again, each for the server that has it.

        A job of a server that is gone from the settings may go to any. Returns how many there were.
        """
        rows = update(JOBS).where(JOBS.c.state == JobState.RUNNING).values(state=JobState.QUEUED)
        orphans = update(JOBS).where(JOBS.c.state == JobState.QUEUED, JOBS.c.server.not_in(servers)).values(server=None)

        async def both(connection: AsyncConnection) -> int:
            recovered = (await connection.execute(rows)).rowcount
            await connection.execute(orphans)
            return recovered

        return await self._database.transaction(both)

    async def job(self, job_id: str) -> Job | None:
        """One job, or None."""
        found = await self._select(JOBS.c.id == job_id)
        return found[0] if found else None

    async def active_of(self, user_id: int) -> tuple[Job, ...]:
        """A user's waiting and running jobs, newest first."""
        return (await self._select(JOBS.c.user_id == user_id, _WAITING_OR_RUNNING))[::-1]

    async def line(self, limit: int) -> tuple[Job, ...]:
        """The jobs that wait, next one first."""
        return await self._select(JOBS.c.state == JobState.QUEUED, limit=limit)

    async def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> tuple[Job, ...]:
        statement = select(JOBS).where(*conditions).order_by(JOBS.c.number).limit(limit)
        return tuple(map(_job, await self._database.transaction(lambda connection: connection.execute(statement))))

    async def _update(self, statement: Update) -> Job | None:
        result = await self._database.transaction(lambda connection: connection.execute(statement.returning(JOBS)))
        row = result.one_or_none()
        return _job(row) if row is not None else None


def _still(job: Job) -> Update:
    """A write that counts only while this claim of the job holds."""
    return update(JOBS).where(JOBS.c.id == job.id, JOBS.c.state == JobState.RUNNING, JOBS.c.epoch == job.epoch)


def _job(row: Iterable[Any]) -> Job:
    columns = dict(zip(JOBS.c.keys(), row, strict=True))
    return Job(**{**columns, "state": JobState(columns["state"])})
