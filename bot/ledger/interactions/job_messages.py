"""Where a job's message is."""

from sqlalchemy import update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import notify
from bot.ledger.database.schema import JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.signals import WORK, Signals


class JobMessages:
    """Methods that wait for the database: what they say has happened at Discord."""

    _database: Database
    signals: Signals

    async def acknowledged(self, job_id: str, message_id: int | None) -> None:
        """The reply that shows the job exists; `message_id` is None if unknown. Waits for the database."""

        def write(connection: Connection) -> None:
            if message_id is not None:
                connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(message_id=message_id))
            notify(connection, WORK)

        await self._database.persist(write)
        self.signals.ring()

    async def moved(
        self, job_id: str, message_id: int, channel_id: int | None = None, *, visible: bool = True, public: bool = False
    ) -> None:
        """Another message, which the job's token cannot edit, shows the job now; in another channel, if one is given.
        `public`: everybody sees what was private. Waits for the database.
        """
        place = {} if channel_id is None else {"channel_id": channel_id, "channel_visible": visible}
        shown = {"private": False, "publishing_until": None} if public else {}
        values = {"message_id": message_id, "interaction_token": "", **place, **shown}
        statement = update(JOBS).where(JOBS.c.id == job_id).values(**values)
        await self._database.persist(lambda connection: connection.execute(statement))
