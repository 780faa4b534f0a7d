"""What moderators do to jobs, and the deletion of a job's message. Each act is one guarded UPDATE, and its result shows
whether it took effect.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Update, delete, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify
from bot.ledger.database.rows import JOB_COLUMNS, job_of, job_update
from bot.ledger.database.schema import FILES, IN_LINE, JOBS, RUNNING
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import Job
from bot.ledger.moderation import interventions
from bot.ledger.moderation.audit import Entry, write_entry
from bot.ledger.moderation.reports import note_deletion
from bot.ledger.signals import CANCEL, LOG, WORK, Signals

EntryAbout = Callable[[Job], Entry]
"""What the moderators' log says about an act on a job, once it is known which job that was."""
_NOT_BEGUN = IN_LINE | (RUNNING & JOBS.c.begun_at.is_(None))
"""Waiting, or with a server that has not begun it."""


class JobActs:
    """Methods for moderators name the moderator's guild. They return None or nothing if there was nothing to do, or
    somebody else was faster: then nothing is written to the moderators' log. Otherwise `entry` is, in the transaction
    that carries out the act. Raises `LedgerAway` if the database is unusable.
    """

    _database: Database
    signals: Signals
    worker: str

    async def stop(
        self,
        guild_id: int,
        *,
        by: int,
        reason: str | None = None,
        job_id: str | None = None,
        user_id: int | None = None,
        waiting: bool = False,
        entry: Callable[[tuple[Job, ...]], Entry] | None = None,
    ) -> tuple[Job, ...]:
        """Cancel one job of a guild with its grid, all jobs of a member, or all (`waiting`: only those that no
        server has begun). Does not return jobs that somebody else has cancelled.
        """
        which: list[ColumnElement[bool]] = [_NOT_BEGUN] if waiting else []
        which += [] if job_id is None else [interventions.request_of(job_id)]
        which += [] if user_id is None else [JOBS.c.user_id == user_id]
        return await self._cancel(interventions.stop(self.worker, guild_id, by, reason, *which), entry)

    async def _cancel(
        self, statement: Update, entry: Callable[[tuple[Job, ...]], Entry] | None = None
    ) -> tuple[Job, ...]:
        """The jobs that it cancelled, or asked the workers of to stop them."""

        def write(connection: Connection) -> tuple[Job, ...]:
            stopped = tuple(map(job_of, connection.execute(statement.returning(*JOB_COLUMNS))))
            notify(connection, *(f"{CANCEL}:{job.id}" for job in stopped), WORK)
            if stopped and entry is not None:
                write_entry(connection, entry(stopped))
            return stopped

        stopped = await self._database.transaction(write)
        for job in stopped:
            self.signals.hear(f"{CANCEL}:{job.id}")
        self._announce()
        return stopped

    async def hold_back(
        self, job_id: str, guild_id: int, *, by: int, reason: str | None = None, entry: EntryAbout | None = None
    ) -> Job | None:
        """Hold a waiting job until it is released."""
        return await self._intervene(interventions.hold(job_id, guild_id, by, reason), entry)

    async def release(
        self,
        job_id: str,
        guild_id: int,
        *,
        approved_by: int | None = None,
        awaiting: str | None = None,
        entry: EntryAbout | None = None,
    ) -> Job | None:
        """Release a held job to its old place in the queue; with `awaiting` only if that needs the review."""
        statement = interventions.release(job_id, guild_id, approved_by=approved_by, awaiting=awaiting)
        return await self._intervene(statement, entry)

    async def to_the_front(self, job_id: str, guild_id: int, *, entry: EntryAbout | None = None) -> Job | None:
        """Move a waiting job before all others of its guild."""
        return await self._intervene(interventions.to_the_front(job_id, guild_id), entry)

    async def reject(
        self,
        job_id: str,
        guild_id: int,
        *,
        by: int,
        reason: str | None = None,
        awaiting: str | None = None,
        entry: EntryAbout | None = None,
    ) -> Job | None:
        """Cancel a held job; with `awaiting` only if that needs the review."""
        return await self._intervene(interventions.reject(self.worker, job_id, guild_id, by, reason, awaiting), entry)

    async def _intervene(self, statement: Update, entry: EntryAbout | None) -> Job | None:
        def write(connection: Connection) -> Job | None:
            # An act on a grid changes all of its cells; the first one stands for them.
            changed = [job_of(row) for row in connection.execute(statement.returning(*JOB_COLUMNS))]
            notify(connection, WORK)
            first = min(changed, key=lambda job: job.number, default=None)
            if first is not None and entry is not None:
                write_entry(connection, entry(first))
            return first

        changed = await self._database.transaction(write)
        self._announce()
        return changed

    def _announce(self) -> None:
        for topic in (WORK, LOG):
            self.signals.ring(topic)

    async def deleted(self, job_id: str, *, by: int, place: str) -> bool:
        """Record that a job's message was deleted, by whom, and where it was. False if that was recorded before."""
        change = job_update(update(JOBS).where(JOBS.c.id == job_id, JOBS.c.deleted_by.is_(None)).values(deleted_by=by))

        def write(connection: Connection) -> bool:
            connection.execute(delete(FILES).where(FILES.c.id == job_id))
            job = change(connection)
            if job is not None:
                note_deletion(connection, job, by, place)
            return job is not None

        first = await self._database.transaction(write)
        self._announce()
        return first
