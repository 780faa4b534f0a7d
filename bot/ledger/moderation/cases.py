"""Cases that moderators have to decide: jobs that a rule holds, and images that members reported."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import AWAITS, GUILDS, IN_LINE, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import BY_RULE, PROMPT, Job, JobState
from bot.ledger.moderation.tables import CASES

REPORT: Final = "report"
"""The kind of a case that members reported. Other kinds say what a held job `awaits`."""


@dataclass(frozen=True, slots=True)
class Case:
    """A job that a guild's moderators have to decide about, and the message that shows it to them. `decision` is theirs
    about a report; the job itself stores what they decided about a held job. A report's `revision` grows with every
    change; its message shows `shown_revision`.
    """

    job_id: str
    kind: str
    guild_id: int
    channel_id: int | None
    message_id: int | None
    decided_by: int | None
    decision: str | None
    open: bool
    revision: int
    shown_revision: int


CASE_COLUMNS: Final = tuple(CASES.c[name] for name in Case.__dataclass_fields__)
"""The columns that make a `Case`, in the order of its fields."""
HAS_CHANNEL: Final = exists().where(
    GUILDS.c.guild_id == JOBS.c.guild_id, GUILDS.c.approval_channel.is_not(None) | GUILDS.c.audit_channel.is_not(None)
)
# Never NULL, because both this condition and its negation are used.
_HELD: Final = IN_LINE & (func.coalesce(JOBS.c.held_by, BY_RULE - 1) == BY_RULE)
MOST_SHOWN: Final = 10
"""Held prompts of one guild that its moderators are shown at once. The next one follows a decision."""
_AWAITS_DECISION: Final = CASES.c.open & (CASES.c.kind == AWAITS)

_first = JOBS.alias("first")
_SPOKEN_FOR: Final = (AWAITS == PROMPT) & exists().where(
    _first.c.grid_id == JOBS.c.grid_id,
    _first.c.number < JOBS.c.number,
    _first.c.state == JobState.QUEUED,
    _first.c.held_by == BY_RULE,
    _first.c.hold_reason == JOBS.c.hold_reason,
)
"""Cells of a grid whose prompt is held: moderators decide about the first one, and that counts for all."""

_shown = CASES.alias("shown")
_OPEN_PROMPTS: Final = (
    select(func.count())
    .where(
        _shown.c.guild_id == JOBS.c.guild_id,
        _shown.c.kind == PROMPT,
        _shown.c.open,
        _shown.c.message_id.is_not(None),
    )
    .correlate(JOBS)
    .scalar_subquery()
)
"""How many prompts of a job's guild moderators are shown and have not decided about."""


class Cases:
    """The cases of all guilds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unseen(self, limit: int, beyond: Collection[int] = ()) -> tuple[Job, ...]:
        """Jobs that a rule holds and no moderator has been shown, oldest first. Skips guilds without a channel for
        that, and those in `beyond`. Of a guild's prompts only so many that `MOST_SHOWN` are shown.
        """
        known = exists().where(CASES.c.job_id == JOBS.c.id, _AWAITS_DECISION, CASES.c.message_id.is_not(None))
        statement = (
            select(*JOB_COLUMNS, _OPEN_PROMPTS)
            .where(_HELD, HAS_CHANNEL, ~known, ~_SPOKEN_FOR, JOBS.c.guild_id.not_in(beyond))
            .where((AWAITS != PROMPT) | (_OPEN_PROMPTS < MOST_SHOWN))
            .order_by(JOBS.c.number)
            .limit(limit)
        )
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        found: list[Job] = []
        room: dict[int | None, int] = {}
        for row in rows:
            job = job_of(row)
            if job.awaits == PROMPT:
                left = room.get(job.guild_id, MOST_SHOWN - row[-1])
                if left <= 0:
                    continue
                room[job.guild_id] = left - 1
            found.append(job)
        return tuple(found)

    async def is_last_shown(self, job: Job) -> bool:
        """Whether a guild's moderators are shown as many prompts as they are at once, with this one."""
        others = CASES.c.guild_id == job.guild_id, CASES.c.kind == PROMPT, CASES.c.open, CASES.c.job_id != job.id
        statement = select(func.count()).where(*others, CASES.c.message_id.is_not(None))
        count = await self._database.transaction(lambda connection: connection.scalar(statement) or 0)
        return count >= MOST_SHOWN - 1

    async def over(self, limit: int, beyond: Collection[int] = ()) -> tuple[tuple[Case, Job], ...]:
        """Cases of jobs that are no longer held, whose messages do not show that yet."""
        statement = (
            select(*JOB_COLUMNS, *CASE_COLUMNS)
            .join(CASES, CASES.c.job_id == JOBS.c.id)
            .where(CASES.c.open, CASES.c.kind != REPORT, ~(_HELD & _AWAITS_DECISION), JOBS.c.guild_id.not_in(beyond))
            .limit(limit)
        )
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple((Case(*row[len(JOB_COLUMNS) :]), job_of(row)) for row in rows)

    async def open(self, job: Job, kind: str, channel_id: int | None = None, message_id: int | None = None) -> bool:
        """Open a case for a held job. False if it has one already."""
        values = {"guild_id": job.guild_id, "channel_id": channel_id, "message_id": message_id, "open": True}

        def write(connection: Connection) -> bool:
            # A job's images may need approval again after they were generated a second time.
            connection.execute(delete(CASES).where(*of_case(job.id, kind), CASES.c.open.is_(False)))
            connection.execute(insert(CASES).values(job_id=job.id, kind=kind, **values))
            return True

        try:
            return await self._database.transaction(write)
        except IntegrityError:
            return False

    async def shown(self, job_id: str, kind: str, channel_id: int, message_id: int) -> None:
        """Store which message shows a case."""
        statement = update(CASES).where(*of_case(job_id, kind)).values(channel_id=channel_id, message_id=message_id)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def close(self, case: Case) -> None:
        """Close a case whose message shows the decision, or is out of reach, unless it has changed meanwhile."""
        same = *of_case(case.job_id, case.kind), CASES.c.revision == case.revision
        statement = update(CASES).where(*same).values(open=False)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def case(self, job_id: str, guild_id: int, kind: str = REPORT) -> Case | None:
        """One case of a guild, or None."""
        statement = select(*CASE_COLUMNS).where(*of_case(job_id, kind), CASES.c.guild_id == guild_id)
        row = await self._database.transaction(lambda connection: connection.execute(statement).one_or_none())
        return Case(*row) if row is not None else None

    async def prune(self) -> None:
        """Delete the cases of deleted jobs."""
        forgotten = CASES.c.job_id.not_in(select(JOBS.c.id))
        await self._database.transaction(lambda connection: connection.execute(delete(CASES).where(forgotten)))


def of_case(job_id: str, kind: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions that find a job's case of this kind."""
    return CASES.c.job_id == job_id, CASES.c.kind == kind
