"""Jobs that are over and whose owner has to be told, each once. A row is written by the transaction that ends a job."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now, put
from bot.ledger.database.member_tables import NOTICES
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import Job, JobState
from bot.ledger.members.preferences import Told, read_preferences

LONG_SECONDS: Final = 60.0
"""A job that took longer than this, from the request to its end, is a long one."""
_STALE_SECONDS: Final = 3600.0
"""A notice that could not be sent for this long is dropped: nobody waits for it any more."""
_REPEATED_SECONDS: Final = 150.0
"""How long a notice may be sent again if it is unknown whether it arrived. Discord recognises a repeated nonce for “the
past few minutes” (https://discord.com/developers/docs/resources/message#create-message).
"""
_ORPHANED_SECONDS: Final = 30.0
"""After this long, a notice that another process took may be sent by this one."""
_NONCE_BYTES: Final = 12
"""Discord accepts a nonce of 25 characters: as hexadecimal digits, these are 24."""
_MOST: Final = 500
"""The most jobs that are taken at once."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What to tell in one message: jobs of one member in one channel, all private or none, the oldest first. `nonce`
    stays the same however often it is sent.
    """

    nonce: str
    jobs: tuple[Job, ...]


class Notices:
    """The notices that are still to be sent."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._orphaned_seconds = _ORPHANED_SECONDS if database.shared else 0.0

    async def take(self, sending: Collection[str]) -> tuple[Notice, ...]:
        """The notices to send now: new ones, and those that were taken earlier without a sign that they were sent.
        `sending`: the nonces of those that this process is sending already.
        """

        def work(connection: Connection) -> tuple[Notice, ...]:
            _drop_stale(connection)
            return _unsent(connection, _bundle(connection), sending, self._orphaned_seconds)

        return await self._database.transaction(work)

    async def settle(self, nonce: str) -> None:
        """Strike off a notice that was sent, or never will be."""
        statement = delete(NOTICES).where(NOTICES.c.nonce == nonce)
        await self._database.transaction(lambda connection: connection.execute(statement))


def note_ended(connection: Connection, job: Job) -> None:
    """Note that the owner has to be told that this job has ended, if they want to be."""
    if job.state not in {JobState.DONE, JobState.FAILED} or job.finished_at is None:
        return
    wanted = read_preferences(connection, job.user_id, job.guild_id).told
    if wanted is Told.ALWAYS or (wanted is Told.LONG and job.finished_at - job.created_at > LONG_SECONDS):
        put(connection, NOTICES, {"job_id": job.id}, {"due_at": job.finished_at})


def _drop_stale(connection: Connection) -> None:
    stale = or_(NOTICES.c.due_at < now() - _STALE_SECONDS, NOTICES.c.taken_at < now() - _REPEATED_SECONDS)
    connection.execute(delete(NOTICES).where(stale))


def _bundle(connection: Connection) -> set[str]:
    """Put new ones of the same member in the same channel into one notice each. Returns the nonces of these notices."""
    new = (
        select(JOBS.c.id, JOBS.c.user_id, JOBS.c.channel_id, JOBS.c.private)
        .join(NOTICES, NOTICES.c.job_id == JOBS.c.id)
        .where(NOTICES.c.nonce.is_(None))
        .order_by(NOTICES.c.due_at)
        .limit(_MOST)
        .with_for_update(skip_locked=True, of=NOTICES)
    )
    bundles: dict[tuple[int, int, bool], list[str]] = {}
    for job_id, user_id, channel_id, private in connection.execute(new).all():
        bundles.setdefault((user_id, channel_id, private), []).append(job_id)
    nonces = set()
    for job_ids in bundles.values():
        nonce = secrets.token_hex(_NONCE_BYTES)
        taken = update(NOTICES).where(NOTICES.c.job_id.in_(job_ids)).values(nonce=nonce, taken_at=now())
        connection.execute(taken)
        nonces.add(nonce)
    return nonces


def _unsent(
    connection: Connection, new: Collection[str], sending: Collection[str], orphaned_seconds: float
) -> tuple[Notice, ...]:
    """The new notices, and the older ones that nobody is sending. A job whose message was deleted is not mentioned."""
    orphaned = and_(NOTICES.c.taken_at < now() - orphaned_seconds, NOTICES.c.nonce.not_in(sending))
    statement = (
        select(*JOB_COLUMNS, NOTICES.c.nonce)
        .join(NOTICES, NOTICES.c.job_id == JOBS.c.id)
        .where(JOBS.c.deleted_by.is_(None), or_(NOTICES.c.nonce.in_(new), orphaned))
        .order_by(NOTICES.c.due_at, JOBS.c.number)
    )
    found: dict[str, list[Job]] = {}
    for row in connection.execute(statement).all():
        found.setdefault(row.nonce, []).append(job_of(row))
    return tuple(Notice(nonce, tuple(jobs)) for nonce, jobs in found.items())
