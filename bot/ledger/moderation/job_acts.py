"""Moderators' acts on jobs: each is one guarded statement, and its answer says whose it was."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify
from bot.ledger.database.rows import JOB_COLUMNS, changing, job_of
from bot.ledger.database.schema import IN_LINE, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import Job
from bot.ledger.moderation import interventions
from bot.ledger.signals import CANCEL, WORK, Signals


class Moderating:
    """Each names the guild whose moderator acts; None, or nothing, where there was nothing to do or somebody else was
    faster. Raises `LedgerAway` where the database cannot be used now.
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
    ) -> tuple[Job, ...]:
        """Cancel one job of a guild, all of a member or simply all (`waiting`: but for those that run already). Those
        that somebody else has cancelled are not among what is returned.
        """
        which: list[ColumnElement[bool]] = [IN_LINE] if waiting else []
        which += [] if job_id is None else [JOBS.c.id == job_id]
        which += [] if user_id is None else [JOBS.c.user_id == user_id]
        statement = interventions.stop(self.worker, guild_id, by, reason, *which).returning(*JOB_COLUMNS)

        def write(connection: Connection) -> tuple[Job, ...]:
            stopped = tuple(job_of(row) for row in connection.execute(statement))
            notify(connection, *(f"{CANCEL}:{job.id}" for job in stopped), WORK)
            return stopped

        stopped = await self._database.transaction(write)
        for job in stopped:
            self.signals.hear(f"{CANCEL}:{job.id}")
        self.signals.ring()
        return stopped

    async def hold_back(self, job_id: str, guild_id: int, *, by: int, reason: str | None = None) -> Job | None:
        """Keep a waiting job back until it is released."""
        return await self._intervene(interventions.hold(job_id, guild_id, by, reason))

    async def release(
        self, job_id: str, guild_id: int, *, approved_by: int | None = None, awaiting: str | None = None
    ) -> Job | None:
        """Let a job that was kept back wait at its old place again; if that is what it is `awaiting`."""
        return await self._intervene(
            interventions.release(job_id, guild_id, approved_by=approved_by, awaiting=awaiting)
        )

    async def to_the_front(self, job_id: str, guild_id: int) -> Job | None:
        """Let a waiting job go before all others of its guild."""
        return await self._intervene(interventions.to_the_front(job_id, guild_id))

    async def reject(
        self, job_id: str, guild_id: int, *, by: int, reason: str | None = None, awaiting: str | None = None
    ) -> Job | None:
        """End a job that was kept back; if that is what it is `awaiting`."""
        return await self._intervene(interventions.reject(self.worker, job_id, guild_id, by, reason, awaiting))

    async def _intervene(self, statement: Update) -> Job | None:
        changed = await self._database.transaction(changing(statement, WORK))
        self.signals.ring()
        return changed
