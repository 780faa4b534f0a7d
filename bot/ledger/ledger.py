"""The ledger: every change of a job's state is one guarded UPDATE, committed before anybody is notified."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Update, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify, now
from bot.ledger.database.rows import JOB_COLUMNS, job_update, only
from bot.ledger.database.schema import CANCELLED, IN_LINE, JOBS
from bot.ledger.database.transactions import Database, Work
from bot.ledger.grids.grids import Grids
from bot.ledger.interactions.interactions import Interactions
from bot.ledger.interactions.job_messages import JobMessages
from bot.ledger.jobs import PICTURE, Allowance, Cancellation, Job, JobState, NewJob
from bot.ledger.links.links import Links
from bot.ledger.listener import Listener
from bot.ledger.members.notices import Notices, note_ended
from bot.ledger.members.preferences import MemberPreferences
from bot.ledger.moderation import interventions
from bot.ledger.moderation.audit import Audit, Entry, write_entry
from bot.ledger.moderation.cases import Cases
from bot.ledger.moderation.digests import Digests
from bot.ledger.moderation.job_acts import JobActs
from bot.ledger.moderation.log_posts import LogPosts
from bot.ledger.moderation.reports import Reports
from bot.ledger.moderation.rules.rules import Rules
from bot.ledger.moderation.styles import Styles
from bot.ledger.personal_data import PersonalData
from bot.ledger.prompts.sent_prompts import SentPrompts
from bot.ledger.pruning import Pruning
from bot.ledger.queries import Queries
from bot.ledger.queue import costs, fair_queueing, leases
from bot.ledger.queue.claims import ClaimGate, Claims
from bot.ledger.queue.positions import Standing
from bot.ledger.queue.workload import Abilities
from bot.ledger.servers.lora_words import LoraWords
from bot.ledger.servers.pauses import Pauses
from bot.ledger.servers.servers import Servers, forget_servers
from bot.ledger.shares.usage import GuildUses
from bot.ledger.shelf import Shelf
from bot.ledger.signals import CANCEL, LOG, WORK, Signals
from bot.ledger.spending.bills import Bill, Bills, billed
from bot.ledger.spending.reports import Spending

LEASE_SECONDS: Final = 15.0
"""A worker that has not renewed its leases for this long is considered dead."""
_NEVER_EXPIRES: Final = 1e9
"""Seconds. Leases never expire if no other process can use the database."""
_NO_LIMITS: Final = Allowance()


async def open_ledger(database_url: str, lease_seconds: float | None = None) -> Ledger:
    """Open the database, and create or upgrade its tables. The caller closes it.

    Raises `LedgerAway`, `LedgerTooNew`, `LedgerNotCopied` and `LedgerNotUpgraded`.
    """
    database = await Database.open(database_url)
    if lease_seconds is None:
        lease_seconds = LEASE_SECONDS if database.shared else _NEVER_EXPIRES
    return Ledger(database, lease_seconds)


class Ledger(Claims, JobActs, JobMessages, Pruning, Queries):
    """All jobs. Methods that change a job return the changed job, or None if it was not in the expected state.

    Methods raise `LedgerAway` if the database is unusable, unless they say that they wait for it. `worker` identifies
    this process; `shared` says whether other processes may use the same database.
    """

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self.worker = str(uuid.uuid4())
        self.shared = database.shared
        self.lease_seconds = lease_seconds
        self.signals = Signals()
        self.abilities = Abilities()
        self._claim_gate = ClaimGate(self.signals)
        self.ended: list[Callable[[Job], None]] = []
        """Called with each job that this process brings to its end."""
        self.shelf = Shelf(database, self.signals)
        self.sent = SentPrompts(database)
        self.links = Links(database)
        self.interactions = Interactions(database, self.worker, lease_seconds, self.abilities)
        self.grids = Grids(database, self.signals, self.worker, self.abilities)
        self.personal_data = PersonalData(database, self.signals)
        self.rules = Rules(database, self.signals)
        self.audit = Audit(database, self.signals)
        self.log_posts = LogPosts(database)
        self.cases = Cases(database)
        self.reports = Reports(database, self.signals)
        self.digests = Digests(database)
        self.styles = Styles(database, self.signals)
        self.lora_words = LoraWords(database)
        self.preferences = MemberPreferences(database)
        self.notices = Notices(database)
        self.pauses = Pauses(database, self.signals)
        self.guild_uses = GuildUses(database)
        self.bills = Bills()
        self.spending = Spending(database)
        self.servers = Servers(database, self.worker, lease_seconds)

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()

    def listening(self) -> Listener:
        """Receives notifications from other processes. Run it if the ledger is shared."""
        return Listener(self._database.url, self.signals)

    # --- Requests

    async def submit(
        self, new: NewJob, allowance: Allowance = _NO_LIMITS, entries: Sequence[Entry] = ()
    ) -> tuple[Job, Standing]:
        """Store a job, with what the moderators' log says about it, and return it with its place: from now on it
        survives a crash.

        Raises `LimitReached`, and `LinkUsed` if another job came through the same link.
        """

        def withdraw(_: object) -> Work[object]:
            # Built only when needed, because that takes half as long as accepting the job.
            withdrawn = interventions.cancel(self.worker, new.user_id, None, JOBS.c.id == new.id)
            return job_update(withdrawn, f"{CANCEL}:{new.id}")

        def write(connection: Connection) -> tuple[Job, Standing]:
            placed = fair_queueing.place(connection, new, allowance, self.abilities)
            for entry in entries:
                write_entry(connection, replace(entry, job_id=new.id))
            return placed

        accepted = await self._database.transaction(write, undo=withdraw)
        self._claim_gate.job_accepted()
        if entries:
            self.signals.ring(LOG)
        return accepted

    async def cancel(self, job_id: str, *, by: int, reason: str | None = None) -> Cancellation:
        """Cancel a waiting job, or ask the worker of a running one to stop it.

        After cancelling a waiting job, the caller updates its message and then calls `told`.
        """
        return (await self.cancel_all((job_id,), by=by, reason=reason)).get(job_id, Cancellation.OVER)

    async def cancel_all(
        self, job_ids: Collection[str], *, by: int, reason: str | None = None
    ) -> Mapping[str, Cancellation]:
        """Do so with all of these jobs, or with none if the database fails. Those that were over are not returned."""
        found = await self._cancel(interventions.cancel_all(self.worker, by, reason, job_ids))
        for job in found:
            self._notify_ended(job)
        waited = JobState.CANCELLED
        return {one.id: Cancellation.CANCELLED if one.state is waited else Cancellation.REQUESTED for one in found}

    async def publishing(self, job_id: str, seconds: float) -> bool:
        """A private job is about to be shown to everybody, or with 0 seconds is not after all. False if it was, or if
        somebody else has begun and has some of their seconds left.
        """
        until = JOBS.c.publishing_until
        free = until.is_(None) | (until < now()) if seconds else until.is_not(None)
        statement = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.private, free)
        return await self._update(statement.values(publishing_until=now() + seconds)) is not None

    async def told(self, job_id: str) -> None:
        """The message of a job that was cancelled while it waited shows that now."""
        await self._update(update(JOBS).where(JOBS.c.id == job_id, CANCELLED).values(worker=None))

    # --- Work

    async def finish(
        self,
        job: Job,
        state: JobState,
        reason: str | None = None,
        seconds: float | None = None,
        *,
        cause: str | None = None,
        failure: Mapping[str, str] | None = None,
        tell: bool = False,
    ) -> Job | None:
        """End a claimed job as done, failed or cancelled. Waits for the database.

        `seconds` is how long its server worked on it; None if nothing should be learned from that. `reason` is for the
        owner, `cause` and in full `failure` for moderators. `tell`: the owner gets a notice, if their preferences say
        so.
        """
        statement = leases.guarded_update(job).values(
            state=state, reason=reason, cause=cause, failure=failure, finished_at=now(), seconds=seconds
        )

        def note(connection: Connection, ended: Job) -> None:
            if seconds is not None and job.server is not None:
                costs.learn(connection, job.workflow, job.size_class, job.server, seconds)
            if tell:
                note_ended(connection, ended)

        return self._notify_ended(await self._settle(statement, job, state, self.bills.of(job), note))

    async def give_back(
        self, job: Job, *, lost: bool, suspected: bool = False, unsent: bool = False, asked_back: bool = False
    ) -> Job | None:
        """Put a claimed job back at its old place in the queue. Waits for the database.

        Any server may take a job that its own server `lost` or never received (`unsent`). Otherwise its server may
        still have it, and gets some time to come back. `suspected`: the job may have crashed its server, which counts
        as a loss. `asked_back`: an idle server asked for the job.
        """
        statement = leases.give_back(job, lost=lost, suspected=suspected, unsent=unsent, asked_back=asked_back)
        # What its server may still have is billed once it is known how it ended.
        bill = self.bills.of(job) if lost or unsent else None
        return await self._settle(statement, job, JobState.QUEUED, bill)

    async def hold_pictures(self, job: Job, reason: str) -> Job | None:
        """Hold a claimed job with finished images until a moderator has reviewed them. Waits for the database."""
        statement = leases.hold(job, f"{PICTURE}: {reason}")
        return await self._settle(statement, job, JobState.QUEUED, self.bills.of(job))

    async def hand_over(self) -> None:
        """End this worker: others continue the jobs that it runs."""

        def write(connection: Connection) -> None:
            connection.execute(leases.hand_over(self.worker))
            forget_servers(connection, self.worker)
            notify(connection, WORK)

        await self._database.transaction(write)

    @contextlib.asynccontextmanager
    async def hold(self, job_id: str) -> AsyncIterator[Job | None]:
        """Keep a waiting job from being claimed. Yields None if it no longer waits or somebody else has it.

        This protects edits of a waiting job's message: a late "3rd in line" must not overwrite a finished image. Within
        one process the message's own lock is enough; a shared ledger locks the job's row.
        """
        statement = select(*JOB_COLUMNS).where(JOBS.c.id == job_id, IN_LINE).with_for_update(skip_locked=True)

        def read(connection: Connection) -> Job | None:
            return only(connection.execute(statement))

        async with self._database.open_transaction() as run:
            try:
                yield await run(read)
            finally:
                # A claim may have skipped the locked job, so workers look again.
                await run(lambda connection: notify(connection, WORK))

    async def warned(self, job_id: str) -> bool:
        """Record that the owner is being warned. False if somebody else has done so."""
        statement = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.warned_at.is_(None)).values(warned_at=now())
        return await self._update(statement) is not None

    async def _update(self, statement: Update, *news: str) -> Job | None:
        changed = await self._database.transaction(job_update(statement, *news))
        if WORK in news:
            self.signals.ring()
        return changed

    def _notify_ended(self, job: Job | None) -> Job | None:
        if job is not None and job.state not in {JobState.QUEUED, JobState.RUNNING}:
            for listener in self.ended:
                listener(job)
        return job

    async def _settle(
        self,
        statement: Update,
        job: Job,
        state: JobState,
        bill: Bill | None,
        note: Callable[[Connection, Job], None] = lambda *_: None,
    ) -> Job | None:
        """End a claim, after which the job has this state, and book what it cost. Waits for the database."""
        write = billed(statement, job, bill, note)
        settled = select(*JOB_COLUMNS).where(JOBS.c.id == job.id, JOBS.c.epoch == job.epoch, JOBS.c.state == state)

        def again(connection: Connection) -> Job | None:
            return write(connection) or only(connection.execute(settled))

        after = await self._database.persist(write, again=again)
        self.signals.ring()
        return after
