"""The ledger: every transition of a job is one guarded statement, committed before anybody hears of it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final

from sqlalchemy import Update, delete, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now
from bot.ledger.database.rows import JOB_COLUMNS, changing, only
from bot.ledger.database.schema import CANCELLED, FILES, IN_LINE, JOBS
from bot.ledger.database.transactions import Database, Work
from bot.ledger.jobs import PICTURE, Allowance, Cancellation, Job, JobState, NewJob
from bot.ledger.listener import Listening
from bot.ledger.moderation import interventions
from bot.ledger.moderation.audit import Audit
from bot.ledger.moderation.cases import Cases
from bot.ledger.moderation.digests import Digests
from bot.ledger.moderation.job_acts import Moderating
from bot.ledger.moderation.rules import Rules
from bot.ledger.queries import Reading
from bot.ledger.queue import costs, fair_queueing, leases, servers
from bot.ledger.queue.claims import Claims, Turn
from bot.ledger.queue.positions import Standing
from bot.ledger.shelf import Shelf
from bot.ledger.signals import CANCEL, WORK, Signals

LEASE_SECONDS: Final = 15.0
"""A worker that says nothing for so long is thought dead."""
_FOR_EVER: Final = 1e9
"""Seconds. Where no other process can be at work, no lease runs out."""
_FREELY: Final = Allowance()
_PRUNED_AT_ONCE: Final = 500
_DAY_SECONDS: Final = 24 * 3600.0


async def open_ledger(database_url: str, lease_seconds: float | None = None) -> Ledger:
    """Open the database, creating and upgrading what is missing. The caller closes it.

    Raises `LedgerAway`, `LedgerTooNew`, `LedgerNotCopied` and `LedgerNotUpgraded`.
    """
    database = await Database.open(database_url)
    if lease_seconds is None:
        lease_seconds = LEASE_SECONDS if database.shared else _FOR_EVER
    return Ledger(database, lease_seconds)


class Ledger(Claims, Moderating, Reading):
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
        self._turn = Turn(self.signals)
        self.ended: list[Callable[[Job], None]] = []
        """Called with each job that this process brings to its end."""
        self.shelf = Shelf(database)
        self.rules = Rules(database, self.signals)
        self.audit = Audit(database)
        self.cases = Cases(database)
        self.digests = Digests(database)
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

        def withdraw(_: object) -> Work[object]:
            # Put together when it is needed: that takes as long as half of the order itself.
            withdrawn = interventions.cancel(self.worker, new.user_id, None, JOBS.c.id == new.id)
            return changing(withdrawn, f"{CANCEL}:{new.id}")

        accepted = await self._database.transaction(
            lambda connection: fair_queueing.place(connection, new, allowance), undo=withdraw
        )
        self._turn.something()
        return accepted

    async def acknowledged(self, job_id: str, message_id: int | None) -> None:
        """The reply that carries the job is there, and has this number where that is known. Waits for the database."""

        def write(connection: Connection) -> None:
            if message_id is not None:
                connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(message_id=message_id))
            notify(connection, WORK)

        await self._database.patiently(write)
        self.signals.ring()

    async def moved(self, job_id: str, message_id: int) -> None:
        """Another message of its channel carries the job now; its token does not reach that. Waits for the database."""
        statement = update(JOBS).where(JOBS.c.id == job_id).values(message_id=message_id, interaction_token="")
        await self._database.patiently(lambda connection: connection.execute(statement))

    async def cancel(self, job_id: str, *, by: int, reason: str | None = None) -> Cancellation:
        """Cancel a waiting job, or ask the worker of a running one to.

        Whoever cancelled one that waited brings its message to its end, and says so (`told`).
        """
        statement = interventions.cancel(self.worker, by, reason, JOBS.c.id == job_id)
        found = await self._update(statement, f"{CANCEL}:{job_id}")
        if found is None:
            return Cancellation.OVER
        self.signals.hear(f"{CANCEL}:{job_id}")
        self._told(found)
        return Cancellation.CANCELLED if found.state is JobState.CANCELLED else Cancellation.REQUESTED

    async def publish(self, job_id: str, *, private: bool = False) -> bool:
        """Show a private job to everybody, or take that back. False where it is so already."""
        statement = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.private.is_(not private)).values(private=private)
        return await self._update(statement) is not None

    async def deleted(self, job_id: str, *, by: int) -> bool:
        """Remember that a job's message is taken away, and by whom. False where it was already."""
        statement = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.deleted_by.is_(None)).values(deleted_by=by)
        kept = delete(FILES).where(FILES.c.id == job_id)
        await self._database.transaction(lambda connection: connection.execute(kept))
        return await self._update(statement) is not None

    async def told(self, job_id: str) -> None:
        """The message of a job that was cancelled while it waited says so."""
        await self._update(update(JOBS).where(JOBS.c.id == job_id, CANCELLED).values(worker=None))

    # --- Work

    async def renew(self) -> dict[str, tuple[int, bool]]:
        """Renew this worker's leases. Returns its jobs: id -> (epoch, whether somebody asked to cancel it)."""

        def write(connection: Connection) -> dict[str, tuple[int, bool]]:
            servers.renew_servers(connection, self.worker, self.lease_seconds)
            return leases.renew(connection, self.worker, self.lease_seconds)

        return await self._database.transaction(write)

    async def finish(
        self,
        job: Job,
        state: JobState,
        reason: str | None = None,
        seconds: float | None = None,
        *,
        cause: str | None = None,
    ) -> Job | None:
        """End a claimed job as done, failed or cancelled. Waits for the database.

        `seconds` is how long its server worked on it, where that says something about jobs like it. `reason` is for its
        owner, `cause` for moderators.
        """
        statement = leases.still(job).values(
            state=state, reason=reason, cause=cause, finished_at=now(), seconds=seconds
        )

        change = changing(statement, WORK)

        def write(connection: Connection) -> Job | None:
            ended = change(connection)
            if ended is not None and seconds is not None and job.server is not None:
                costs.learn(connection, job.workflow, job.size_class, job.server, seconds)
            return ended

        return self._told(await self._settle(write, job, state))

    async def give_back(
        self, job: Job, *, lost: bool, suspected: bool = False, unsent: bool = False, asked_back: bool = False
    ) -> Job | None:
        """Put a claimed job back at its old place in line. Waits for the database.

        For any server, where its own `lost` it or it is `unsent`; otherwise its own may have it, and is waited for a
        while. `suspected`: that one may have died over it, which counts as a loss. `asked_back`: an idle server wants
        it.
        """
        statement = leases.give_back(job, lost=lost, suspected=suspected, unsent=unsent, asked_back=asked_back)
        return await self._settle(changing(statement, WORK), job, JobState.QUEUED)

    async def hold_pictures(self, job: Job, reason: str) -> Job | None:
        """Keep a claimed job back, whose pictures are made, until a moderator has seen them. Waits for the database."""
        return await self._settle(changing(leases.hold(job, f"{PICTURE}: {reason}"), WORK), job, JobState.QUEUED)

    async def hand_over(self) -> None:
        """The end of this worker: others go on with what it runs."""

        def write(connection: Connection) -> None:
            connection.execute(leases.hand_over(self.worker))
            servers.forget_servers(connection, self.worker)
            notify(connection, WORK)

        await self._database.transaction(write)

    async def recover(self, server_urls: Collection[str]) -> int:
        """At the start of the only process: what runs in the ledger is up for whoever has its server.

        A job of a server that is gone from the settings may go to any. Returns how many ran.
        """

        def write(connection: Connection) -> int:
            servers.forget_servers(connection, None)
            return leases.take_over(connection, server_urls)

        return await self._database.transaction(write)

    @contextlib.asynccontextmanager
    async def hold(self, job_id: str) -> AsyncIterator[Job | None]:
        """A waiting job that nobody claims meanwhile, or None if it waits no longer or somebody else has it.

        For whoever edits the message of a waiting job: a late “3rd in line” must not follow a finished picture.
        Within one process the message's own lock is enough; on a shared ledger this locks the job's row.
        """
        statement = select(*JOB_COLUMNS).where(JOBS.c.id == job_id, IN_LINE).with_for_update(skip_locked=True)

        def read(connection: Connection) -> Job | None:
            return only(connection.execute(statement))

        async with self._database.open_transaction() as run:
            try:
                yield await run(read)
            finally:
                # A claim that has passed it by looks again.
                await run(lambda connection: notify(connection, WORK))

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

    async def _update(self, statement: Update, *news: str) -> Job | None:
        changed = await self._database.transaction(changing(statement, *news))
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
            return write(connection) or only(connection.execute(settled))

        after = await self._database.patiently(write, again=again)
        self.signals.ring()
        return after
