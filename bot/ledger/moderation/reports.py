"""Images that members reported: who reported them, what moderators decided, and which messages are out of date."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.ledger.database.dialects import DAY_SECONDS, add_unless_there, notify, now, put
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import FILES, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import PROMPT, Job
from bot.ledger.moderation.acts import Act
from bot.ledger.moderation.audit import Entry, write_entry
from bot.ledger.moderation.cases import CASE_COLUMNS, HAS_CHANNEL, REPORT, Case, of_case
from bot.ledger.moderation.log_posts import ONLY_ENTRY
from bot.ledger.moderation.tables import AUDIT, CASES, REPORT_COPY, REPORTS
from bot.ledger.signals import LOG, WORK, Signals

DELETED: Final = "deleted"
DISMISSED: Final = "dismissed"
"""What moderators can decide about a report."""
MOST_COPIES: Final = 100
"""Copies of one guild that wait for a channel. Further reports wait without one."""

_UNDECIDED: Final = CASES.c.open & CASES.c.decision.is_(None)
_UNSEEN: Final = _UNDECIDED & CASES.c.message_id.is_(None)
_NEWER: Final = CASES.c.revision != CASES.c.shown_revision
_COPIED: Final = exists().where(FILES.c.id == REPORT_COPY + CASES.c.job_id)


class Reports:
    """The reports of all guilds. A job has one case, however many members reported its images."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals

    async def report(self, entry: Entry, a_day: int, *, known: bool = True) -> str:
        """Record that a member reports a job's images, with its log entry. Returns `new`, `again` (they reported it
        before) or `often` (they have made `a_day` reports in 24 hours). A job that is no longer `known` has no case, so
        its entry is all that moderators see.
        """
        job_id, user_id, guild_id = entry.job_id, entry.actor_id, entry.guild_id

        def write(connection: Connection) -> str:
            by_member = REPORTS.c.user_id == user_id
            before = select(REPORTS.c.at).where(REPORTS.c.job_id == job_id, by_member)
            if connection.scalar(before) is not None:
                return "again"
            today = select(func.count()).where(by_member, REPORTS.c.at > now() - DAY_SECONDS)
            if (connection.scalar(today) or 0) >= a_day:
                return "often"
            connection.execute(insert(REPORTS).values(guild_id=guild_id, job_id=job_id, user_id=user_id, at=now()))
            if known:
                add_unless_there(connection, CASES, job_id=job_id, kind=REPORT, guild_id=guild_id, open=True)
                _revise(connection, *of_case(str(job_id), REPORT))
            write_entry(connection, entry, must_show=not known)
            return "new"

        try:
            return await self._database.transaction(write)
        except IntegrityError:
            return "again"
        finally:
            self._signals.ring(LOG)

    async def reporters(self, job_id: str, guild_id: int) -> tuple[int, ...]:
        """Who reported a job's images, first reporter first."""
        of_job = REPORTS.c.job_id == job_id, REPORTS.c.guild_id == guild_id
        statement = select(REPORTS.c.user_id).where(*of_job).order_by(REPORTS.c.at)
        return await self._database.transaction(lambda connection: tuple(connection.scalars(statement)))

    async def waiting(self, guild_id: int) -> int:
        """How many reports no moderator has been shown, because there is no channel for them."""
        cases = select(func.count()).where(CASES.c.guild_id == guild_id, CASES.c.kind == REPORT, _UNSEEN)
        entries = select(func.count()).where(AUDIT.c.guild_id == guild_id, ONLY_ENTRY)
        return await self._database.transaction(
            lambda connection: (connection.scalar(cases) or 0) + (connection.scalar(entries) or 0)
        )

    async def stale(self, limit: int, beyond: Collection[int] = ()) -> tuple[tuple[Case, Job], ...]:
        """Reports whose message is missing or out of date, or whose decision may not have been carried out."""
        shown = HAS_CHANNEL | CASES.c.message_id.is_not(None) | CASES.c.decision.is_not(None)
        due = CASES.c.open & or_(_NEWER, CASES.c.message_id.is_(None), CASES.c.decision.is_not(None))
        return await self._found(limit, shown, due, CASES.c.guild_id.not_in(beyond))

    async def uncopied(self, limit: int, beyond: Collection[str] = ()) -> tuple[tuple[Case, Job], ...]:
        """Reports that wait for a channel, without a copy of their images. `beyond` are jobs that have been tried."""
        tried = CASES.c.job_id.not_in(beyond)
        return await self._found(limit, _UNSEEN, ~HAS_CHANNEL, ~_COPIED, JOBS.c.deleted_by.is_(None), tried)

    async def lacks_copy(self, job_id: str) -> bool:
        """Whether a job's images are reported, and neither the moderators nor the ledger have a copy of them."""
        statement = select(CASES.c.job_id).where(*of_case(job_id, REPORT), _UNSEEN, ~_COPIED)
        return await self._database.transaction(lambda connection: connection.scalar(statement) is not None)

    async def keep_copy(self, job_id: str, content: bytes) -> None:
        """Store a copy of a reported job's images until its message has it, if a message is still to come."""

        def write(connection: Connection) -> None:
            guild_id = connection.scalar(select(CASES.c.guild_id).where(*of_case(job_id, REPORT), _UNSEEN))
            if guild_id is None:
                return
            copies = select(func.count()).where(CASES.c.guild_id == guild_id, CASES.c.kind == REPORT, _COPIED)
            if (connection.scalar(copies) or 0) < MOST_COPIES:
                put(connection, FILES, {"id": _copy_of(job_id)}, {"content": content, "created_at": now()})

        await self._database.transaction(write)

    async def copy(self, job_id: str) -> bytes | None:
        """The stored copy, or None."""
        statement = select(FILES.c.content).where(FILES.c.id == _copy_of(job_id))
        found: bytes | None = await self._database.transaction(lambda connection: connection.scalar(statement))
        return found

    async def begin(self, job_id: str, channel_id: int) -> None:
        """Store where the message of a report is about to be sent, so that it can be looked for after a crash."""
        statement = update(CASES).where(*of_case(job_id, REPORT)).values(channel_id=channel_id)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def shown(self, case: Case, channel_id: int, message_id: int, *, copied: bool) -> None:
        """Store which message shows the case as it was read. `copied`: it carries the copy, so the ledger forgets its
        own. Waits for the database.
        """
        # If the channel was deleted meanwhile, the report needs another message.
        there = *of_case(case.job_id, REPORT), CASES.c.channel_id == channel_id
        statement = update(CASES).where(*there).values(message_id=message_id, shown_revision=case.revision)

        def write(connection: Connection) -> None:
            if connection.execute(statement).rowcount and copied:
                _forget_copy(connection, case.job_id)

        await self._database.persist(write)

    async def lost(self, job_id: str) -> None:
        """The message of a report is gone: it needs another one."""
        statement = update(CASES).where(*of_case(job_id, REPORT)).values(channel_id=None, message_id=None)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def channel_deleted(self, channel_id: int) -> None:
        """A channel is gone, and with it the messages about reports and prompts that wait for a decision: they need
        others.
        """

        def write(connection: Connection) -> None:
            gone = CASES.c.channel_id == channel_id, CASES.c.kind.in_((REPORT, PROMPT)), _UNDECIDED
            connection.execute(update(CASES).where(*gone).values(channel_id=None, message_id=None))
            notify(connection, WORK)

        await self._database.transaction(write)
        self._signals.ring()

    async def look_again(self, guild_id: int) -> None:
        """Check the messages of a guild's undecided reports: its moderators have chosen another channel."""

        def write(connection: Connection) -> None:
            _revise(connection, CASES.c.guild_id == guild_id, CASES.c.kind == REPORT, _UNDECIDED)

        await self._database.transaction(write)
        self._signals.ring()

    async def decide(self, job_id: str, guild_id: int, by: int, decision: str, entry: Entry | None = None) -> bool:
        """Store the decision about a report, with its log entry. False if somebody else has decided."""
        undecided = CASES.c.guild_id == guild_id, CASES.c.decided_by.is_(None)
        statement = update(CASES).where(*of_case(job_id, REPORT), *undecided).values(decided_by=by, decision=decision)

        def write(connection: Connection) -> bool:
            first = bool(connection.execute(statement).rowcount)
            if first and entry is not None:
                write_entry(connection, entry)
            return first

        first = await self._database.transaction(write)
        self._signals.ring(LOG)
        return first

    async def reopen(self, job_id: str, guild_id: int, by: int) -> None:
        """Withdraw a decision about a report that could not be carried out."""
        own_decision = *of_case(job_id, REPORT), CASES.c.guild_id == guild_id, CASES.c.decided_by == by
        statement = update(CASES).where(*own_decision).values(decided_by=None, decision=None)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def close(self, job_id: str) -> None:
        """Close a case whose message shows the decision, or that has none. Its copy is not needed any more."""

        def write(connection: Connection) -> None:
            connection.execute(update(CASES).where(*of_case(job_id, REPORT)).values(open=False))
            _forget_copy(connection, job_id)

        await self._database.transaction(write)

    async def _found(self, limit: int, *conditions: ColumnElement[bool]) -> tuple[tuple[Case, Job], ...]:
        statement = (
            select(*JOB_COLUMNS, *CASE_COLUMNS)
            .join(CASES, CASES.c.job_id == JOBS.c.id)
            .where(CASES.c.kind == REPORT, *conditions)
            .order_by(JOBS.c.number)
            .limit(limit)
        )
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple((Case(*row[len(JOB_COLUMNS) :]), job_of(row)) for row in rows)


def note_deletion(connection: Connection, job: Job, by: int, place: str) -> None:
    """Record what follows from the deletion of a job's message: a log entry if a moderator deleted it or it had been
    reported, and the decision about the report if a moderator deleted it. `place` is where the message was.
    """
    case = of_case(job.id, REPORT)
    reported = connection.scalar(select(CASES.c.job_id).where(*case)) is not None
    if job.guild_id is not None and (reported or by != job.user_id):
        write_entry(connection, Entry(job.guild_id, Act.DELETED, by, job.user_id, job.id, place))
    if by != job.user_id:
        undecided = update(CASES).where(*case, CASES.c.decided_by.is_(None))
        connection.execute(undecided.values(decided_by=by, decision=DELETED))
    if reported:
        _revise(connection, *case)


def _revise(connection: Connection, *which: ColumnElement[bool]) -> None:
    """Let the messages of these cases be brought up to date."""
    connection.execute(update(CASES).where(*which).values(revision=CASES.c.revision + 1))
    notify(connection, WORK)


def _copy_of(job_id: str) -> str:
    return REPORT_COPY + job_id


def _forget_copy(connection: Connection, job_id: str) -> None:
    connection.execute(delete(FILES).where(FILES.c.id == _copy_of(job_id)))
