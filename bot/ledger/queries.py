"""Queries that change nothing in the ledger."""

import time
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, bindparam, case, func, select

from bot.ledger import history
from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.rows import JOB_COLUMNS, job_of, only
from bot.ledger.database.schema import ACTIVE, CANCELLED, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.history import Page, Usage
from bot.ledger.jobs import Job
from bot.ledger.queue import positions
from bot.ledger.queue.overview import Overview, overview
from bot.ledger.queue.positions import Standing
from bot.ledger.queue.workload import Abilities
from bot.ledger.servers.servers import Servers

_JOB: Final = select(*JOB_COLUMNS).where(JOBS.c.id == bindparam("of_id"))


class Queries:
    """Queries for lists and pages. Each method raises `LedgerAway` if the database is unusable."""

    _database: Database
    servers: Servers
    abilities: Abilities

    async def clock(self) -> tuple[float, float]:
        """The database's time and this machine's at the same moment, in seconds since 1970."""
        asked_at = time.time()
        said = await self._database.transaction(lambda connection: connection.scalars(select(now())).one())
        return float(said), (asked_at + time.time()) / 2

    async def overview(self) -> Overview:
        """The whole queue of all guilds. Nobody may be shown all of it."""
        return await self._database.transaction(
            lambda connection: overview(connection, self.servers.away, self.abilities)
        )

    async def history(
        self, user_id: int, guild_id: int | None, size: int, *, below: int | None = None, above: int | None = None
    ) -> Page:
        """A page of a member's finished jobs in a guild, `below` or `above` this job number, or the newest."""
        return await self._database.transaction(
            lambda connection: history.page(connection, user_id, guild_id, size, below=below, above=above)
        )

    async def job_of_message(self, guild_id: int | None, message_id: int) -> Job | None:
        """The job that this message of the guild shows, or None."""
        return await self._database.transaction(
            lambda connection: history.job_of_message(connection, guild_id, message_id)
        )

    async def usage(self, user_id: int, guild_id: int | None) -> Usage:
        """How much of their limits a member has used in a guild."""
        return await self._database.transaction(lambda connection: history.usage(connection, user_id, guild_id))

    async def job(self, job_id: str) -> Job | None:
        """One job, or None."""
        return await self._database.transaction(lambda connection: only(connection.execute(_JOB, {"of_id": job_id})))

    async def failure(self, job_id: str) -> Mapping[str, str]:
        """What the server said in full about why a job failed, by what it is; empty if it said nothing."""
        statement = select(JOBS.c.failure).where(JOBS.c.id == job_id)
        found: Mapping[str, str] | None = await self._database.transaction(
            lambda connection: connection.scalar(statement)
        )
        return found or {}

    async def active_of(self, user_id: int) -> tuple[Job, ...]:
        """A user's waiting and running jobs, newest first."""
        return (await self._select(JOBS.c.user_id == user_id, ACTIVE))[::-1]

    async def line(self, limit: int) -> list[tuple[Job, Standing]]:
        """The waiting jobs, next one first, each with its place."""
        return await self._database.transaction(
            lambda connection: positions.standings(connection, limit, self.abilities)
        )

    async def kept_back(self, limit: int, guild_id: int | None = None) -> list[Job]:
        """Waiting jobs without a place in the queue: held, or of a paused guild; in one guild, or in all."""
        conditions = () if guild_id is None else (JOBS.c.guild_id == guild_id,)
        return await self._database.transaction(lambda connection: positions.kept_back(connection, limit, *conditions))

    async def active_in(self, guild_id: int) -> tuple[Job, ...]:
        """A guild's waiting and running jobs, oldest first."""
        return await self._select(JOBS.c.guild_id == guild_id, ACTIVE)

    async def guilds_with_jobs(self) -> frozenset[int]:
        """The guilds that have waiting or running jobs, of those where the bot could see the channel of any job."""
        seen = select(JOBS.c.guild_id).where(JOBS.c.channel_visible)
        statement = select(JOBS.c.guild_id).where(ACTIVE, JOBS.c.guild_id.in_(seen)).distinct()
        rows = await self._database.transaction(lambda connection: connection.scalars(statement).all())
        return frozenset(rows)

    async def active_by_workflow(self) -> Mapping[tuple[str, str], int]:
        """How many jobs wait or run, by state and workflow. Held jobs count as `held`."""
        state = case((JOBS.c.held_by.is_not(None), "held"), else_=JOBS.c.state)
        statement = select(state, JOBS.c.workflow, func.count()).where(ACTIVE).group_by(state, JOBS.c.workflow)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {(state, workflow): number for state, workflow, number in rows}

    async def unwarned(self, older_than: float) -> tuple[Job, ...]:
        """Active jobs whose message is out of reach without a token, and whose owner has not been warned."""
        old = JOBS.c.created_at < now() - older_than
        return await self._select(ACTIVE, old, JOBS.c.channel_visible.is_(False), JOBS.c.warned_at.is_(None))

    async def untold(self, after_seconds: float | None = None) -> tuple[Job, ...]:
        """Jobs cancelled while they waited, whose message may not show it: those of the last day that ended more than
        so many seconds ago, or (None) all. The latter reads the whole history.
        """
        cancelled = CANCELLED & JOBS.c.worker.is_not(None)
        if after_seconds is None:
            return await self._select(cancelled)
        ended = JOBS.c.finished_at
        return await self._select(cancelled, ended > now() - DAY_SECONDS, ended < now() - after_seconds)

    async def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> tuple[Job, ...]:
        statement = select(*JOB_COLUMNS).where(*conditions).order_by(JOBS.c.number).limit(limit)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(map(job_of, rows))
