"""Which process takes care of an interaction: the first to write its id. The others look after it if that one dies."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now
from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import IN_LINE, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.grids.tables import GRIDS
from bot.ledger.interactions.tables import INTERACTIONS, SIGHTINGS
from bot.ledger.jobs import Job
from bot.ledger.queue.positions import Standing, standing
from bot.ledger.queue.workload import Abilities

TAKE_SECONDS: Final = 1.5
"""A database that needs longer counts as unreachable. Discord waits three seconds for the first answer."""
_TOKEN_SECONDS: Final = 900.0
"""How long an interaction's token is valid."""
_KEPT_SECONDS: Final = 3600.0
_OTHER_PROGRAM: Final = "other program"
_FEW: Final = 20
"""The most abandoned interactions that one process looks after at a time."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An interaction whose process ended before it did. `answer` is the type of its first answer, None if none is
    known; `in_order`: a job or a grid came of it, which has a writer of its own. `language` is the code of what its
    member reads (None: English).
    """

    id: int
    token: str
    answer: int | None
    in_order: bool
    language: str | None


class Interactions:
    """The interactions in the ledger's database. Methods raise `LedgerAway` if it is unusable."""

    def __init__(self, database: Database, worker: str, lease_seconds: float, abilities: Abilities) -> None:
        self._database = database
        self._abilities = abilities
        self._worker = worker
        self._lease_seconds = lease_seconds

    async def take(self, interaction_id: int, token: str, language: str | None = None) -> bool:
        """Take an interaction. False if somebody else has: the first process that writes its id has it."""
        values = {
            "id": interaction_id,
            "language": language,
            "token": token,
            "taken_by": self._worker,
            "taken_at": now(),
            "lease_until": now() + self._lease_seconds,
            "takeovers": 0,
            "ended": False,
        }

        def write(connection: Connection) -> bool:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            return bool(
                connection.execute(dialect.insert(INTERACTIONS).values(values).on_conflict_do_nothing()).rowcount
            )

        return await self._database.transaction(write, seconds=TAKE_SECONDS)

    async def take_over(self, interaction_id: int, after_seconds: float) -> str | None:
        """Take an interaction from a process that has not answered it for so long. Returns the process that had it;
        None if the interaction is answered or was taken later than that.
        """
        mine = INTERACTIONS.c.id == interaction_id

        def write(connection: Connection) -> str | None:
            columns = INTERACTIONS.c.taken_by, INTERACTIONS.c.taken_at, INTERACTIONS.c.answer, INTERACTIONS.c.ended
            row = connection.execute(select(*columns, now()).where(mine).with_for_update()).one_or_none()
            if row is None or row.taken_by == self._worker or row.answer is not None or row.ended:
                return None
            # Timers and clocks differ by a little.
            if row.taken_at + 0.9 * after_seconds > row[-1]:
                return None
            changed = {"taken_by": self._worker, "taken_at": now(), "lease_until": now() + self._lease_seconds}
            connection.execute(
                update(INTERACTIONS).where(mine).values(**changed, takeovers=INTERACTIONS.c.takeovers + 1)
            )
            return str(row.taken_by)

        return await self._database.transaction(write, seconds=TAKE_SECONDS)

    async def hand_back(self, interaction_id: int, worker: str, answer: int) -> None:
        """The process from which this one has taken an interaction over did answer it, so it is that one's again. If
        that process has died since, the interaction counts as abandoned a little later. `answer` is the type of the
        answer that this process would have given: the other one has most likely given the same.
        """
        values = {"taken_by": worker, "answer": answer, "lease_until": now() + self._lease_seconds}
        statement = update(INTERACTIONS).where(INTERACTIONS.c.id == interaction_id, ~INTERACTIONS.c.ended)
        await self._write(statement.values(values))

    async def answered(self, interaction_id: int, answer: int) -> None:
        """Discord has accepted this process's first answer, which is of this type."""
        await self._write(update(INTERACTIONS).where(INTERACTIONS.c.id == interaction_id).values(answer=answer))

    async def ended(self, interaction_id: int) -> None:
        """Nothing more will be said to an interaction of this process, unless it is about a job."""
        mine = INTERACTIONS.c.id == interaction_id, INTERACTIONS.c.taken_by == self._worker
        await self._write(update(INTERACTIONS).where(*mine).values(ended=True, token=""))

    async def renew(self) -> None:
        """Show that this process still takes care of its interactions."""
        mine = INTERACTIONS.c.taken_by == self._worker
        await self._write(
            update(INTERACTIONS).where(mine, ~INTERACTIONS.c.ended).values(lease_until=now() + self._lease_seconds)
        )

    async def is_shared(self, interaction_id: int) -> bool:
        """Whether another process with this database has, or had, the interaction."""
        found = select(INTERACTIONS.c.taken_by, INTERACTIONS.c.takeovers).where(INTERACTIONS.c.id == interaction_id)
        row = await self._database.transaction(lambda connection: connection.execute(found).one_or_none())
        return row is not None and (row.taken_by != self._worker or row.takeovers > 0)

    async def abandon_all(self) -> None:
        """Nobody takes care of any interaction: the only process has just started."""
        others = INTERACTIONS.c.taken_by != self._worker
        await self._write(update(INTERACTIONS).where(others, ~INTERACTIONS.c.ended).values(lease_until=0.0))

    async def prune(self) -> None:
        """Delete the interactions that nobody can receive any more."""
        old = delete(INTERACTIONS).where(INTERACTIONS.c.taken_at < now() - _KEPT_SECONDS)
        await self._write(old)

    async def abandoned(self) -> list[Abandoned]:
        """Take care of some interactions whose processes have died. The caller calls `ended` for each."""

        def write(connection: Connection) -> list[Abandoned]:
            expired = (~INTERACTIONS.c.ended, INTERACTIONS.c.lease_until < now())
            over = INTERACTIONS.c.taken_at < now() - _TOKEN_SECONDS
            connection.execute(update(INTERACTIONS).where(*expired, over).values(ended=True, token=""))
            few = select(INTERACTIONS.c.id).where(*expired).limit(_FEW).with_for_update(skip_locked=True)
            found = connection.scalars(few).all()
            if not found:
                return []
            rows = connection.execute(
                update(INTERACTIONS)
                .where(INTERACTIONS.c.id.in_(found))
                .values(taken_by=self._worker, lease_until=now() + self._lease_seconds)
                .returning(*(INTERACTIONS.c[name] for name in ("id", "token", "answer", "language")))
            ).all()
            return [
                Abandoned(row.id, row.token, row.answer, _in_order(connection, row.token), row.language) for row in rows
            ]

        return await self._database.transaction(write)

    async def saw_other_program(self, gone_seconds: float) -> bool:
        """Another program with the same token has answered an interaction. True if no process has noticed that for so
        long, so that this one tells the people who run the bot.
        """
        mine = SIGHTINGS.c.what == _OTHER_PROGRAM

        def write(connection: Connection) -> bool:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            seen = update(SIGHTINGS).where(mine).values(last=now())
            if connection.execute(seen.where(SIGHTINGS.c.last < now() - gone_seconds)).rowcount:
                return True
            first = dialect.insert(SIGHTINGS).values(what=_OTHER_PROGRAM, last=now()).on_conflict_do_nothing()
            if connection.execute(first).rowcount:
                return True
            connection.execute(seen)
            return False

        return await self._database.transaction(write)

    async def job_of(self, token: str) -> tuple[Job, Standing] | None:
        """The waiting job that an interaction has brought in already, and its place; None if there is none."""
        statement = select(*JOB_COLUMNS, JOBS.c.start_tag).where(IN_LINE, JOBS.c.interaction_token == token).limit(1)

        def read(connection: Connection) -> tuple[Job, Standing] | None:
            row = connection.execute(statement).one_or_none()
            if row is None:
                return None
            return (job := job_of(row), standing(connection, job, row.start_tag, self._abilities))

        return await self._database.transaction(read)

    async def _write(self, statement: Any) -> None:  # noqa: ANN401 - an UPDATE
        await self._database.transaction(lambda connection: connection.execute(statement))


def _in_order(connection: Connection, token: str) -> bool:
    return any(
        connection.scalar(select(literal(1)).where(table.c.interaction_token == token).limit(1))
        for table in (JOBS, GRIDS)
    )
