"""The ledger: every transition of a job is one guarded statement, committed before anybody hears of it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, and_, bindparam, case, delete, func, select, update
from sqlalchemy.engine import Connection, CursorResult

from bot.ledger import claiming, costs, intervening, line, placing, servers
from bot.ledger.audit import Audit
from bot.ledger.cases import Cases
from bot.ledger.claiming import Claimant
from bot.ledger.database import Database, Work
from bot.ledger.dialects import notify, now
from bot.ledger.jobs import PICTURE, Allowance, Cancellation, Job, JobState, NewJob
from bot.ledger.line import Standing
from bot.ledger.listening import Listening
from bot.ledger.rows import JOB_COLUMNS, job_of
from bot.ledger.rules import Rules
from bot.ledger.schema import ACTIVE, CANCELLED, FILES, IN_LINE, JOBS
from bot.ledger.shelf import Shelf
from bot.ledger.signals import CANCEL, WORK, Signals

LEASE_SECONDS: Final = 15.0
"""A worker that says nothing for so long is thought dead."""
_FOR_EVER: Final = 1e9
"""Seconds. Where no other process can be at work, no lease runs out."""
_FREELY: Final = Allowance()
_JOB: Final = select(*JOB_COLUMNS).where(JOBS.c.id == bindparam("of_id"))
_PRUNED_AT_ONCE: Final = 500
_DAY_SECONDS: Final = 24 * 3600.0


async def open_ledger(database_url: str, lease_seconds: float | None = None) -> Ledger:
    """Open the database, creating what is missing. The caller closes it. Raises `LedgerAway`, `LedgerTooNew`."""
    database = await Database.open(database_url)
    if lease_seconds is None:
        lease_seconds = LEASE_SECONDS if database.shared else _FOR_EVER
    return Ledger(database, lease_seconds)


class Ledger:
    """All jobs. Methods that change a job return it as it is afterwards, or None when the guard did not hold.

    Each raises `LedgerAway` where the database cannot be used now, but for those that say they wait for it.
    `worker` names this process; `shared` says whether others may be at work in the same database.
    """

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self.worker = str(uuid.uuid4())
        self.shared = database.shared
        self.lease_seconds = lease_seconds
        self.signals = Signals()
        self.ended: list[Callable[[Job], None]] = []
        """Called with each job that this process brings to its end."""
        self.shelf = Shelf(database)
        self.rules = Rules(database, self.signals)
        self.audit = Audit(database)
        self.cases = Cases(database)
        self.servers = servers.Servers(database, self.worker, lease_seconds)

    async def close(self) -> None:
        """Give the database back."""
        await self._database.close()

    def listening(self) -> Listening:
        """What brings the news of other processes; to be run where the ledger is shared."""
        return Listening(self._database.url, self.signals)

    # --- Orders

    async def submit(self, new: NewJob, allowance: Allowance = _FREELY) -> tuple[Job, Standing]:
        """Accept a job: once this returns it survives anything. Also returns its place. Raises `LimitReached`."""
        return await self._database.transaction(
            lambda connection: placing.place(connection, new, allowance),
            undo=lambda _: _changing(_cancelled(new.id, new.user_id), f"{CANCEL}:{new.id}"),
        )

    async def acknowledged(self, job_id: str, message_id: int | None) -> None:
        """The reply that carries the job is there, and has this number where that is known. Waits for the database."""

        def write(connection: Connection) -> None:
            if message_id is not None:
                connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(message_id=message_id))
            notify(connection, WORK)

        await self._database.patiently(write)
        self.signals.ring()

    async def cancel(self, job_id: str, *, by: int, reason: str | None = None) -> Cancellation:
        """Cancel a waiting job, or ask the worker of a running one to.

        Whoever cancelled one that waited brings its message to its end, and says so (`told`).
        """
        found = await self._update(_cancelled(job_id, by, reason, self.worker), f"{CANCEL}:{job_id}")
        if found is None:
            return Cancellation.OVER
        self.signals.hear(f"{CANCEL}:{job_id}")
        self._told(found)
        return Cancellation.CANCELLED if found.state is JobState.CANCELLED else Cancellation.REQUESTED

    async def told(self, job_id: str) -> None:
        """The message of a job that was cancelled while it waited says so."""
        await self._update(update(JOBS).where(JOBS.c.id == job_id, CANCELLED).values(worker=None))

    async def untold(self) -> tuple[Job, ...]:
        """Jobs that were cancelled while they waited, and whose message may not say so: it reads the whole history."""
        return await self._select(CANCELLED, JOBS.c.worker.is_not(None))

    # --- Moderators' acts: None where there was nothing to do, or somebody else was faster

    async def hold_back(self, job_id: str, guild_id: int, *, by: int, reason: str | None = None) -> Job | None:
        """Keep a waiting job back until it is released."""
        return await self._update(intervening.hold(job_id, guild_id, by, reason), WORK)

    async def release(
        self, job_id: str, guild_id: int, *, approved_by: int | None = None, awaiting: str | None = None
    ) -> Job | None:
        """Let a job that was kept back wait at its old place again; if that is what it is `awaiting`."""
        return await self._update(
            intervening.release(job_id, guild_id, approved_by=approved_by, awaiting=awaiting), WORK
        )

    async def to_the_front(self, job_id: str, guild_id: int) -> Job | None:
        """Let a waiting job go before all others of its guild."""
        return await self._update(intervening.to_the_front(job_id, guild_id), WORK)

    async def reject(
        self, job_id: str, guild_id: int, *, by: int, reason: str | None = None, awaiting: str | None = None
    ) -> Job | None:
        """End a job that was kept back; if that is what it is `awaiting`."""
        return self._told(await self._update(intervening.reject(job_id, guild_id, by, reason, awaiting), WORK))

    # --- Work

    async def claim(
        self,
        server: str,
        beyond: Collection[str] = (),
        loaded: str | None = None,
        offers: Callable[[str], bool] = lambda _: True,
    ) -> Job | None:
        """Take the next job for this server: not bound to another one, its workflow not `beyond` this one, and what it
        `needs` among what the server `offers`.

        `loaded` are the models that the server has in memory: a job with the same ones may go first, once.
        """
        claimant = Claimant(self.worker, server, self.lease_seconds, beyond, loaded, offers, acknowledged=self.shared)
        return await self._database.transaction(
            lambda connection: claiming.claim(connection, claimant),
            undo=_unclaiming,
        )

    async def renew(self) -> dict[str, tuple[int, bool]]:
        """Renew this worker's leases. Returns its jobs: id -> (epoch, whether somebody asked to cancel it)."""

        def write(connection: Connection) -> dict[str, tuple[int, bool]]:
            servers.renew_servers(connection, self.worker, self.lease_seconds)
            return claiming.renew(connection, self.worker, self.lease_seconds)

        return await self._database.transaction(write)

    async def finish(
        self, job: Job, state: JobState, reason: str | None = None, seconds: float | None = None
    ) -> Job | None:
        """End a claimed job as done, failed or cancelled. Waits for the database.

        `seconds` is how long its server worked on it, where that says something about jobs like it.
        """
        statement = claiming.still(job).values(state=state, reason=reason, finished_at=now(), seconds=seconds)

        change = _changing(statement, WORK)

        def write(connection: Connection) -> Job | None:
            ended = change(connection)
            if ended is not None and seconds is not None and job.server is not None:
                costs.learn(connection, job.workflow, job.size_class, job.server, seconds)
            return ended

        return self._told(await self._settle(write, job, state))

    async def give_back(self, job: Job, *, lost: bool) -> Job | None:
        """Put a claimed job back at its old place in line. Waits for the database.

        For any server, where its own `lost` it; otherwise its own may have it, and is waited for a while.
        """
        return await self._settle(_changing(claiming.give_back(job, lost=lost), WORK), job, JobState.QUEUED)

    async def hold_pictures(self, job: Job, reason: str) -> Job | None:
        """Keep a claimed job back, whose pictures are made, until a moderator has seen them. Waits for the database."""
        return await self._settle(_changing(claiming.hold(job, f"{PICTURE}: {reason}"), WORK), job, JobState.QUEUED)

    async def hand_over(self) -> None:
        """The end of this worker: others go on with what it runs."""

        def write(connection: Connection) -> None:
            connection.execute(claiming.hand_over(self.worker))
            servers.forget_servers(connection, self.worker)
            notify(connection, WORK)

        await self._database.transaction(write)

    async def recover(self, server_urls: Collection[str]) -> int:
        """At the start of the only process: what runs in the ledger is up for whoever has its server.

        A job of a server that is gone from the settings may go to any. Returns how many ran.
        """

        def write(connection: Connection) -> int:
            servers.forget_servers(connection, None)
            return claiming.take_over(connection, server_urls)

        return await self._database.transaction(write)

    @contextlib.asynccontextmanager
    async def hold(self, job_id: str) -> AsyncIterator[Job | None]:
        """A waiting job that nobody claims meanwhile, or None if it waits no longer or somebody else has it.

        For whoever edits the message of a waiting job: a late “3rd in line” must not follow a finished picture.
        Within one process the message's own lock is enough; on a shared ledger this locks the job's row.
        """
        statement = select(*JOB_COLUMNS).where(JOBS.c.id == job_id, IN_LINE).with_for_update(skip_locked=True)

        def read(connection: Connection) -> Job | None:
            return _only(connection.execute(statement))

        async with self._database.open_transaction() as run:
            try:
                yield await run(read)
            finally:
                # A claim that has passed it by looks again.
                await run(lambda connection: notify(connection, WORK))

    # --- Questions

    async def job(self, job_id: str) -> Job | None:
        """One job, or None."""
        return await self._database.transaction(lambda connection: _only(connection.execute(_JOB, {"of_id": job_id})))

    async def active_of(self, user_id: int) -> tuple[Job, ...]:
        """A user's waiting and running jobs, newest first."""
        return (await self._select(JOBS.c.user_id == user_id, ACTIVE))[::-1]

    async def line(self, limit: int) -> list[tuple[Job, Standing]]:
        """The jobs that wait, next one first, each with its place."""
        return await self._database.transaction(lambda connection: line.standings(connection, limit))

    async def line_of(self, guild_id: int, limit: int) -> list[tuple[Job, Standing]]:
        """The jobs of a guild that wait, next one first, each with its place in the whole line."""
        placed = await self.line(line.COUNTED_AHEAD)
        return [(job, standing) for job, standing in placed if job.guild_id == guild_id][:limit]

    async def kept_back(self, limit: int, guild_id: int | None = None) -> list[Job]:
        """Jobs that wait and have no place in line, held or of a guild that is paused; of one guild, or of all."""
        conditions = () if guild_id is None else (JOBS.c.guild_id == guild_id,)
        return await self._database.transaction(lambda connection: line.kept_back(connection, limit, *conditions))

    async def active_in(self, guild_id: int, user_id: int | None = None) -> tuple[Job, ...]:
        """A guild's waiting and running jobs, oldest first; of one member, or of all."""
        conditions = () if user_id is None else (JOBS.c.user_id == user_id,)
        return await self._select(JOBS.c.guild_id == guild_id, ACTIVE, *conditions)

    async def active_by_workflow(self) -> Mapping[tuple[str, str], int]:
        """How many jobs wait or run, by state and workflow; those that are kept back count as `held`."""
        state = case((JOBS.c.held_by.is_not(None), "held"), else_=JOBS.c.state)
        statement = select(state, JOBS.c.workflow, func.count()).where(ACTIVE).group_by(state, JOBS.c.workflow)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {(state, workflow): number for state, workflow, number in rows}

    async def unwarned(self, older_than: float) -> tuple[Job, ...]:
        """Jobs under way whose message cannot be edited once their token is dead, and whose owner was not told."""
        old = JOBS.c.created_at < now() - older_than
        return await self._select(ACTIVE, old, JOBS.c.channel_visible.is_(False), JOBS.c.warned_at.is_(None))

    async def warned(self, job_id: str) -> bool:
        """Remember that the owner is being told. False where somebody else has done so."""
        statement = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.warned_at.is_(None)).values(warned_at=now())
        return await self._update(statement) is not None

    async def prune(self, days: float) -> int:
        """Forget jobs that ended so many days ago, and pictures that came with them. Returns how many jobs."""
        old = now() - days * _DAY_SECONDS
        # A few at a time: whoever orders meanwhile is not kept waiting.
        some = select(JOBS.c.number).where(JOBS.c.finished_at < old).limit(_PRUNED_AT_ONCE)

        def prune_files(connection: Connection) -> None:
            connection.execute(delete(FILES).where(FILES.c.created_at < old))

        def prune_jobs(connection: Connection) -> int:
            return connection.execute(delete(JOBS).where(JOBS.c.number.in_(some))).rowcount

        await self._database.transaction(prune_files)
        pruned = 0
        while number := await self._database.transaction(prune_jobs):
            pruned += number
        await self.cases.prune()
        return pruned

    async def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> tuple[Job, ...]:
        statement = select(*JOB_COLUMNS).where(*conditions).order_by(JOBS.c.number).limit(limit)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(map(job_of, rows))

    async def _update(self, statement: Update, *news: str) -> Job | None:
        changed = await self._database.transaction(_changing(statement, *news))
        if WORK in news:
            self.signals.ring()
        return changed

    def _told(self, job: Job | None) -> Job | None:
        if job is not None and job.state not in {JobState.QUEUED, JobState.RUNNING}:
            for listener in self.ended:
                listener(job)
        return job

    async def _settle(self, write: Work[Job | None], job: Job, state: JobState) -> Job | None:
        """End a claim, which leads to this state. Waits for the database."""
        settled = select(*JOB_COLUMNS).where(JOBS.c.id == job.id, JOBS.c.epoch == job.epoch, JOBS.c.state == state)

        def again(connection: Connection) -> Job | None:
            return write(connection) or _only(connection.execute(settled))

        after = await self._database.patiently(write, again=again)
        self.signals.ring()
        return after


def _cancelled(job_id: str, by: int, reason: str | None = None, worker: str | None = None) -> Update:
    # One statement: between two, the job could go from running back to waiting and be in neither.
    # One that is bound to a server may be under way there since before a restart: its worker has to stop it. But
    # nobody waits for a server that does not answer, or for one that has nothing more to do for a job that is held.
    bound = JOBS.c.server.is_not(None) & JOBS.c.held_by.is_(None) & ~servers.is_away(JOBS.c.server)
    waits = and_(IN_LINE, ~bound)
    return (
        update(JOBS)
        .where(JOBS.c.id == job_id, ACTIVE)
        .values(
            state=case((waits, JobState.CANCELLED), else_=JOBS.c.state),
            finished_at=case((waits, now()), else_=None),
            worker=case((waits, worker), else_=JOBS.c.worker),
            cancelled_by=by,
            reason=reason,
        )
    )


def _unclaiming(claimed: Job | None) -> Work[object]:
    return (lambda _: None) if claimed is None else _changing(claiming.give_back(claimed, lost=False), WORK)


def _changing(statement: Update, *news: str) -> Work[Job | None]:
    """Changes one job. Returns it as it is now, or None where it was not to be changed."""

    def change(connection: Connection) -> Job | None:
        changed = _only(connection.execute(statement.returning(*JOB_COLUMNS)))
        notify(connection, *news)
        return changed

    return change


def _only(found: CursorResult[Any]) -> Job | None:
    row = found.one_or_none()
    return job_of(row) if row is not None else None
