"""What the database holds about one member: counted, handed out and erased.

An erased job loses everything that its member gave. What is left of it (when, where, how many images) goes a day later:
until then it counts towards the daily limits, which nobody gets around by erasing.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Delete, Table, Text, and_, cast, delete, exists, func, or_, select, true, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import DAY_SECONDS, leave_to_scrub, now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import ACTIVE, BLOCKS, FILES, JOBS, METADATA
from bot.ledger.database.transactions import Database, Work
from bot.ledger.grids.tables import GRIDS
from bot.ledger.jobs import PROMPT, Job
from bot.ledger.moderation.acts import Act
from bot.ledger.moderation.audit import Entry, write_entry
from bot.ledger.moderation.cases import REPORT
from bot.ledger.moderation.tables import AUDIT, CASES, REPORT_COPY
from bot.ledger.shares.tables import SHARES
from bot.ledger.shares.turns import share_of
from bot.ledger.signals import LOG, Signals

_FOR_MODERATION: Final = (BLOCKS, AUDIT)
"""Tables that name members and that moderators need: nobody lifts their own block."""
_SECRET: Final = frozenset(
    {"interaction_token", "token", "cause", "failure", "server", "sent", "worker", "by", "reserved", "charged"}
)
"""Columns that are the operator's, the moderators' or Discord's, and not handed out."""
EMPTIED: Final[Mapping[str, Any]] = {
    "values": {},
    "given": None,
    "interaction_token": "",
    "models": "",
    "needs": "",
    "hold_reason": None,
    "reason": None,
    "cause": None,
    "failure": None,
    "worker": None,
    "sent": None,
    "language": None,
}
"""What an erased job holds instead of what its member gave, and of what was said about it."""
_FILE_ID: Final = re.compile(r"(?<![0-9a-f])([0-9a-f]{64})(?![0-9a-f])")
_FILE_ID_LENGTH: Final = 64
_JOB_ID_LENGTH: Final = 36
_BATCH: Final = 2000
"""Jobs read in one transaction, so that requests don't wait long for the database."""
_SPARED_SECONDS: Final = DAY_SECONDS
"""How old a file has to be before it is dropped because no job names it: forms stay open for a while."""
_OF_JOB: Final = CASES.c.job_id == JOBS.c.id
_REPORTED: Final = exists().where(_OF_JOB, CASES.c.kind == REPORT, CASES.c.open)
"""The images of this job are reported, and moderators have not decided yet."""
_TOKEN_SECONDS: Final = 3600.0
"""Tokens of interactions die after 15 minutes."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much there is about a member: jobs, files that they uploaded, and rows in other tables, like reports."""

    jobs: int
    files: int
    others: int


class PersonalData:
    """The personal data of all members. Methods raise `LedgerAway` if the database is unusable."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals

    async def holdings(self, user_id: int) -> Holdings:
        """How much there is about a member."""

        def read(connection: Connection) -> Holdings:
            jobs = connection.scalar(select(func.count()).where(_shown_jobs(user_id))) or 0
            others = sum(_count(connection, table, user_id) for table in _tables_of_members())
            return Holdings(jobs, len(_files_of(connection, user_id)), others)

        return await self._database.transaction(read)

    async def export(self, user_id: int) -> dict[str, list[dict[str, Any]]]:
        """All rows about a member, by table. Times are seconds since 1970."""

        def read(connection: Connection) -> dict[str, list[dict[str, Any]]]:
            jobs = select(JOBS).where(_shown_jobs(user_id)).order_by(JOBS.c.number)
            found = {"jobs": _rows(connection.execute(jobs).mappings())}
            for table in (*_tables_of_members(), BLOCKS):
                found[table.name] = _rows(
                    connection.execute(select(table).where(table.c.user_id == user_id)).mappings()
                )
            # Who decided, and why, is the moderators' business.
            log = select(AUDIT.c.guild_id, AUDIT.c.at, AUDIT.c.act, AUDIT.c.job_id, AUDIT.c.prompt).where(
                or_(AUDIT.c.user_id == user_id, AUDIT.c.actor_id == user_id)
            )
            found["log"] = _rows(connection.execute(log).mappings())
            return found

        return await self._database.transaction(read, seconds=None)

    async def files_of(self, user_id: int) -> tuple[str, ...]:
        """The ids of the files that a member's jobs name, and of results that are kept for them."""

        def read(connection: Connection) -> tuple[str, ...]:
            kept = select(FILES.c.id).join(JOBS, JOBS.c.id == FILES.c.id).where(JOBS.c.user_id == user_id)
            return (*sorted(_files_of(connection, user_id)), *connection.scalars(kept))

        return await self._database.transaction(read, seconds=None)

    async def jobs_of(self, user_id: int, limit: int) -> tuple[Job, ...]:
        """A member's newest finished jobs whose messages may still be there."""
        shown = _shown_jobs(user_id), JOBS.c.message_id.is_not(None), JOBS.c.deleted_by.is_(None), ~ACTIVE
        statement = select(*JOB_COLUMNS).where(*shown).order_by(JOBS.c.number.desc()).limit(limit)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(map(job_of, rows))

    async def erase(self, user_id: int, *, messages: bool) -> frozenset[int]:
        """Erase everything about a member, but for what is still active and for what moderators need. With `messages`,
        the addresses of the jobs' messages stay until `message_gone`. Without, moderators keep those of images that are
        reported, until they decide. The log of each guild concerned says that something was erased, but not what.
        Returns these guilds.

        Erasing twice does no harm.
        """
        ended = and_(JOBS.c.user_id == user_id, ~ACTIVE)
        reachable = and_(JOBS.c.private.is_(False), JOBS.c.deleted_by.is_(None))

        def write(connection: Connection) -> tuple[frozenset[int], frozenset[str]]:
            where = select(JOBS.c.guild_id).where(ended, JOBS.c.erased_at.is_(None)).distinct()
            guilds = {guild_id for guild_id in connection.scalars(where) if guild_id is not None}
            files = _files_of(connection, user_id)
            for kept in (JOBS.c.id, REPORT_COPY + JOBS.c.id):
                connection.execute(delete(FILES).where(FILES.c.id.in_(select(kept).where(ended))))
            # Moderators need to know that a request was refused, and why; its prompt is the member's.
            connection.execute(update(AUDIT).where(AUDIT.c.user_id == user_id).values(prompt=None))
            fresh = ended & JOBS.c.erased_at.is_(None)
            # Their messages are shown once more, without it.
            shown = CASES.c.message_id.is_not(None) & CASES.c.job_id.in_(select(JOBS.c.id).where(fresh))
            again = {"open": True, "revision": CASES.c.revision + 1}
            connection.execute(update(CASES).where(shown, CASES.c.kind == PROMPT).values(again))
            connection.execute(update(JOBS).where(fresh, ~reachable).values(message_id=None))
            if not messages:
                connection.execute(update(JOBS).where(fresh, ~_REPORTED).values(message_id=None))
            gone = ended if messages else fresh & JOBS.c.message_id.is_(None)
            deleted_by = func.coalesce(JOBS.c.deleted_by, user_id)
            connection.execute(update(JOBS).where(gone).values(deleted_by=deleted_by))
            connection.execute(update(JOBS).where(fresh).values({**EMPTIED, "erased_at": now()}))
            for table in _tables_of_members():
                if "guild_id" in table.c:
                    rows = connection.scalars(select(table.c.guild_id).where(table.c.user_id == user_id))
                    guilds |= {guild_id for guild_id in rows if guild_id}
                # Without its row nobody would show the end of an unfinished grid.
                over = table.c.closed_at.is_not(None) if table is GRIDS else true()
                connection.execute(delete(table).where(table.c.user_id == user_id, over))
            # The share of their direct messages; those of guilds are nobody's own.
            connection.execute(delete(SHARES).where(SHARES.c.share == share_of(None, user_id)))
            connection.execute(delete(JOBS).where(JOBS.c.user_id == user_id, _forgettable()))
            leave_to_scrub(connection)
            # In a fixed order: each guild's log is locked until the transaction ends.
            for guild_id in sorted(guilds):
                write_entry(connection, Entry(guild_id, Act.ERASED, user_id, user_id))
            return frozenset(guilds), files

        guilds, files = await self._database.transaction(write, seconds=None)
        self._signals.ring(LOG)
        await self._drop_unnamed(files, time.time())
        await self._database.scrub()
        return guilds

    async def messages_to_delete(self, limit: int) -> tuple[Job, ...]:
        """Erased jobs whose messages their members or moderators want gone, oldest first."""
        doomed = JOBS.c.erased_at.is_not(None), JOBS.c.message_id.is_not(None), JOBS.c.deleted_by.is_not(None)
        statement = select(*JOB_COLUMNS).where(*doomed).order_by(JOBS.c.number).limit(limit)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(map(job_of, rows))

    async def message_gone(self, job_id: str) -> None:
        """The message of an erased job is deleted, or out of reach for good."""
        statement = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.erased_at.is_not(None)).values(message_id=None)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def prune(self) -> None:
        """Drop what has no more use: files that no job names, tokens that have died, what is left of erased jobs,
        also in the database's files.
        """
        old = time.time() - _SPARED_SECONDS
        uploaded = select(FILES.c.id).where(FILES.c.created_at < old, func.length(FILES.c.id) == _FILE_ID_LENGTH)
        orphaned = and_(func.length(FILES.c.id) == _JOB_ID_LENGTH, ~exists().where(JOBS.c.id == FILES.c.id))
        dead = and_(JOBS.c.interaction_token != "", JOBS.c.created_at < now() - _TOKEN_SECONDS, ~ACTIVE)

        def write(connection: Connection) -> frozenset[str]:
            connection.execute(update(JOBS).where(dead).values(interaction_token=""))
            connection.execute(delete(JOBS).where(_forgettable()))
            connection.execute(delete(FILES).where(orphaned, FILES.c.created_at < old))
            return frozenset(connection.scalars(uploaded))

        await self._drop_unnamed(await self._database.transaction(write, seconds=None), old)
        await self._database.scrub()

    async def _drop_unnamed(self, files: frozenset[str], old: float) -> None:
        """Delete those of these files that no job names and that nobody has uploaded again since `old`."""
        unnamed, last = set(files), 0
        while unnamed:
            named, last = await self._database.transaction(_naming(last), seconds=None)
            unnamed -= named
            if not last:
                break
        for some in _batches(sorted(unnamed)):
            gone = delete(FILES).where(FILES.c.id.in_(some), FILES.c.created_at <= old)
            await self._database.transaction(_executing(gone))


def _tables_of_members() -> tuple[Table, ...]:
    """All other tables with rows of one member. A new one is erased and handed out without a word here."""
    known = (JOBS, *_FOR_MODERATION)
    return tuple(table for table in METADATA.sorted_tables if "user_id" in table.c and table not in known)


def _shown_jobs(user_id: int) -> ColumnElement[bool]:
    return and_(JOBS.c.user_id == user_id, JOBS.c.erased_at.is_(None))


def _forgettable() -> ColumnElement[bool]:
    """Erased jobs of which nothing is needed any more: neither for the day's limits, nor their messages, nor a case."""
    settled = or_(JOBS.c.message_id.is_(None), JOBS.c.deleted_by.is_(None))
    old = JOBS.c.created_at < now() - DAY_SECONDS
    return and_(JOBS.c.erased_at.is_not(None), settled, old, ~exists().where(_OF_JOB, CASES.c.open))


def _files_of(connection: Connection, user_id: int) -> frozenset[str]:
    found = select(cast(JOBS.c["values"], Text), cast(JOBS.c.given, Text)).where(_shown_jobs(user_id))
    return frozenset(_named(connection.execute(found)))


def _naming(after: int) -> Work[tuple[frozenset[str], int]]:
    """Reads the files that the jobs behind this number name, and the last job's number; 0 at the end."""

    def read(connection: Connection) -> tuple[frozenset[str], int]:
        columns = JOBS.c.number, cast(JOBS.c["values"], Text), cast(JOBS.c.given, Text)
        rows = connection.execute(
            select(*columns).where(JOBS.c.number > after).order_by(JOBS.c.number).limit(_BATCH)
        ).all()
        return frozenset(_named(row[1:] for row in rows)), rows[-1][0] if len(rows) == _BATCH else 0

    return read


def _executing(statement: Delete) -> Work[object]:
    return lambda connection: connection.execute(statement)


def _named(rows: Iterable[Sequence[str | None]]) -> Iterator[str]:
    for row in rows:
        for text in row:
            yield from _FILE_ID.findall(text or "")


def _count(connection: Connection, table: Table, user_id: int) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(table.c.user_id == user_id)) or 0


def _rows(found: Iterable[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items() if name not in _SECRET} for row in found]


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), 500):
        yield ids[start : start + 500]
