"""Grids in the ledger: accepted with all their cells or not at all, cancelled, closed, deleted as one thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Update, func, insert, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import CANCELLED, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.grids.grid import Grid, NewGrid
from bot.ledger.grids.images import drop_images, make_room
from bot.ledger.grids.tables import GRIDS, OPEN
from bot.ledger.jobs import Allowance, Job, NewJob
from bot.ledger.members.notices import note_ended
from bot.ledger.moderation import interventions
from bot.ledger.queue import fair_queueing
from bot.ledger.queue.positions import WAITING, standing
from bot.ledger.queue.workload import Abilities
from bot.ledger.signals import CANCEL, WORK, Signals

_NAMES: Final = tuple(Grid.__dataclass_fields__)
_COLUMNS: Final = tuple(GRIDS.c[name] for name in _NAMES)
_UNACKNOWLEDGED_SECONDS: Final = 10.0
"""For this long the process that accepted a grid is still sending its message."""


class Grids:
    """All grids. Every method raises `LedgerAway` if the database is unusable, unless it says that it waits for it."""

    def __init__(self, database: Database, signals: Signals, worker: str, abilities: Abilities) -> None:
        self._database = database
        self._abilities = abilities
        self._signals = signals
        self._worker = worker

    async def create(self, new: NewGrid, cells: Sequence[NewJob], allowance: Allowance) -> tuple[Job, ...]:
        """Store a grid with its cells, all of them or none: from now on they survive a crash. No worker claims them
        before `acknowledged`, or for 10 s. Raises `LimitReached`.
        """

        def write(connection: Connection) -> tuple[Job, ...]:
            jobs = tuple(fair_queueing.store(connection, cell, allowance)[0] for cell in cells)
            make_room(connection, new.user_id)
            values = {name: getattr(new, name) for name in NewGrid.__dataclass_fields__}
            connection.execute(insert(GRIDS).values(**values, created_at=now()))
            return jobs

        def withdraw(_: object) -> object:
            return lambda connection: self._cancel(connection, new.id, new.user_id)

        return await self._database.transaction(write, undo=withdraw)  # type: ignore[arg-type]

    async def acknowledged(self, grid_id: str, message_id: int) -> None:
        """The message with the sheet is there. Waits for the database."""
        await self.moved(grid_id, message_id, replied=True)

    async def moved(self, grid_id: str, message_id: int, *, replied: bool = False) -> None:
        """Another message shows the sheet now; unless it is the reply (`replied`), the grid's token cannot edit it.
        Waits for the database.
        """
        token = {} if replied else {"interaction_token": ""}

        def write(connection: Connection) -> None:
            sheet = select(GRIDS.c.message_id).where(GRIDS.c.id == grid_id).scalar_subquery()
            # A cell that was taken out has a message of its own.
            shown_there = JOBS.c.message_id.is_(None) | (JOBS.c.message_id == sheet)
            connection.execute(update(JOBS).where(JOBS.c.grid_id == grid_id, shown_there).values(message_id=message_id))
            connection.execute(update(GRIDS).where(GRIDS.c.id == grid_id).values(message_id=message_id, **token))
            notify(connection, WORK)

        await self._database.persist(write)
        self._signals.ring()

    async def grid(self, grid_id: str) -> Grid | None:
        """One grid, or None."""
        return next(iter(await self._select(GRIDS.c.id == grid_id)), None)

    async def open(self) -> tuple[Grid, ...]:
        """The grids whose sheet does not show yet how all cells ended, or is stale, oldest first."""
        answered = GRIDS.c.message_id.is_not(None) | (GRIDS.c.created_at < now() - _UNACKNOWLEDGED_SECONDS)
        return await self._select(OPEN, answered)

    async def open_of(self, user_id: int) -> int:
        """How many grids of a member do not show yet how all cells ended."""
        statement = select(func.count()).where(GRIDS.c.user_id == user_id, GRIDS.c.closed_at.is_(None))
        return await self._database.transaction(lambda connection: connection.scalar(statement) or 0)

    async def cells(self, grid_id: str) -> tuple[Job, ...]:
        """The jobs of a grid's cells, in their order."""
        statement = select(*JOB_COLUMNS).where(JOBS.c.grid_id == grid_id).order_by(JOBS.c.cell)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(map(job_of, rows))

    async def ready_at(self, grid_id: str) -> float | None:
        """When the last cell that waits should be ready, in seconds since 1970; None if none waits, or nobody knows."""
        last = [JOBS.c.lane.desc(), JOBS.c.start_tag.desc(), JOBS.c.number.desc()]
        statement = (
            select(*JOB_COLUMNS, JOBS.c.start_tag).where(WAITING, JOBS.c.grid_id == grid_id).order_by(*last).limit(1)
        )

        def read(connection: Connection) -> float | None:
            row = connection.execute(statement).one_or_none()
            if row is None:
                return None
            return standing(connection, job_of(row), row.start_tag, self._abilities).ready_at

        return await self._database.transaction(read)

    async def cancel(self, grid_id: str, *, by: int) -> tuple[Job, ...]:
        """Cancel all cells that wait, and have the workers of running ones stop them. Returns those that nobody had
        cancelled before.
        """
        stopped = await self._database.transaction(lambda connection: self._cancel(connection, grid_id, by))
        for job in stopped:
            self._signals.hear(f"{CANCEL}:{job.id}")
        self._signals.ring()
        return stopped

    def _cancel(self, connection: Connection, grid_id: str, by: int) -> tuple[Job, ...]:
        own = JOBS.c.grid_id == grid_id, JOBS.c.cancelled_by.is_(None)
        statement = interventions.cancel(self._worker, by, None, *own).returning(*JOB_COLUMNS)
        stopped = tuple(job_of(row) for row in connection.execute(statement))
        # Cells have no message of their own that would have to be updated.
        connection.execute(update(JOBS).where(JOBS.c.grid_id == grid_id, CANCELLED).values(worker=None))
        notify(connection, *(f"{CANCEL}:{job.id}" for job in stopped), WORK)
        return stopped

    async def take_out(self, job: Job, message_id: int) -> bool:
        """Record that a message of its own shows the cell. False if another one already does."""
        sheet = select(GRIDS.c.message_id).where(GRIDS.c.id == job.grid_id).scalar_subquery()
        on_sheet = JOBS.c.message_id.is_(None) | (JOBS.c.message_id == sheet)
        statement = update(JOBS).where(JOBS.c.id == job.id, on_sheet).values(message_id=message_id)
        return await self._database.transaction(lambda connection: connection.execute(statement).rowcount == 1)

    async def warned(self, grid_id: str) -> None:
        """Record that the owner was told where the sheet goes once its reply is out of reach."""
        await self._set(update(GRIDS).where(GRIDS.c.id == grid_id).values(warned_at=now()))

    async def close(self, grid_id: str, *, tell: bool) -> None:
        """The sheet shows how all cells ended. `tell`: the owner gets a notice, if their preferences say so. Waits for
        the database.
        """

        def write(connection: Connection) -> None:
            closing = update(GRIDS).where(GRIDS.c.id == grid_id, GRIDS.c.closed_at.is_(None)).values(closed_at=now())
            if connection.execute(closing).rowcount and tell:
                last = select(*JOB_COLUMNS).where(JOBS.c.grid_id == grid_id).order_by(JOBS.c.finished_at.desc())
                if (row := connection.execute(last.limit(1)).one_or_none()) is not None:
                    note_ended(connection, job_of(row))

        await self._database.persist(write)

    async def deleted(self, grid_id: str, *, by: int) -> bool:
        """Record that the sheet was deleted, with all cells that were not taken out. False if it was before."""

        def write(connection: Connection) -> bool:
            sheet = select(GRIDS.c.message_id).where(GRIDS.c.id == grid_id).scalar_subquery()
            on_sheet = JOBS.c.grid_id == grid_id, JOBS.c.message_id == sheet, JOBS.c.deleted_by.is_(None)
            drop_images(connection, grid_id)
            connection.execute(update(JOBS).where(*on_sheet).values(deleted_by=by))
            first = update(GRIDS).where(GRIDS.c.id == grid_id, GRIDS.c.deleted_by.is_(None)).values(deleted_by=by)
            return connection.execute(first).rowcount == 1

        return await self._database.transaction(write)

    async def deleted_with(self, job: Job, *, by: int) -> None:
        """A job's message was deleted. If that was the sheet, all its cells were deleted with it. A cell that was taken
        out has a message of its own, and disappears from the sheet.
        """
        if job.grid_id is None:
            return
        if await self.shows(job):
            await self.deleted(job.grid_id, by=by)
        else:
            await self.cell_deleted(job.grid_id)

    async def cell_deleted(self, grid_id: str) -> None:
        """A single image was deleted, so the sheet must no longer show it."""
        statement = update(GRIDS).where(GRIDS.c.id == grid_id, GRIDS.c.deleted_by.is_(None)).values(stale=True)
        await self._set(statement, WORK)
        self._signals.ring()

    async def shows(self, job: Job) -> bool:
        """Whether the job is a cell that only its sheet shows."""
        grid = None if job.grid_id is None else await self.grid(job.grid_id)
        return grid is not None and grid.message_id == job.message_id

    async def corrected(self, grid_id: str) -> None:
        """The sheet shows no deleted image any more, as far as possible."""
        await self._set(update(GRIDS).where(GRIDS.c.id == grid_id).values(stale=False))

    async def _set(self, statement: Update, *news: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute(statement)
            notify(connection, *news)

        await self._database.transaction(write)

    async def _select(self, *conditions: ColumnElement[bool]) -> tuple[Grid, ...]:
        statement = select(*_COLUMNS).where(*conditions).order_by(GRIDS.c.created_at)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(Grid(**dict(zip(_NAMES, row, strict=True))) for row in rows)
