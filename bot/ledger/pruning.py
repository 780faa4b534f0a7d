"""Deletes what is old."""

from typing import Final

from sqlalchemy import delete, exists, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.schema import FILES, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.grids.images import prune_grids
from bot.ledger.moderation.cases import Cases
from bot.ledger.moderation.tables import CASES, REPORTS

_BATCH: Final = 500


class Pruning:
    """The part of the ledger that forgets."""

    _database: Database
    cases: Cases

    async def prune(self, days: float, ahead: float = 0.0) -> int:
        """Delete jobs that ended this many days ago, and files and grids of that age. Returns how many jobs. The
        database's clock is `ahead` of the right one by so many seconds.

        A job with a younger report stays until moderators decide.
        """
        old = now() - ahead - days * DAY_SECONDS
        undecided = exists().where(CASES.c.job_id == JOBS.c.id, CASES.c.open)
        reported = undecided & exists().where(REPORTS.c.job_id == JOBS.c.id, REPORTS.c.at >= old)
        # Small batches, so that new requests do not wait long for the database.
        some = select(JOBS.c.number).where(JOBS.c.finished_at < old, ~reported).limit(_BATCH)

        def prune_files(connection: Connection) -> None:
            connection.execute(delete(FILES).where(FILES.c.created_at < old))

        def prune_jobs(connection: Connection) -> int:
            return connection.execute(delete(JOBS).where(JOBS.c.number.in_(some))).rowcount

        await self._database.transaction(prune_files)
        await self._database.transaction(lambda connection: prune_grids(connection, old))
        pruned = 0
        while number := await self._database.transaction(prune_jobs):
            pruned += number
        await self.cases.prune()
        return pruned
