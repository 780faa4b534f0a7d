"""What servers that give prompts ids of their own call the prompts of jobs. It outlives the process that sent them."""

from collections.abc import Callable, Mapping

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.schema import JOBS
from bot.ledger.database.transactions import Database


class SentPrompts:
    """Kept with the job, whose id is the prompt's id. A job may have been sent to several servers in turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, server: str, prompt_id: str, theirs: str) -> None:
        """The server's id of a job's prompt; empty: it is about to be sent. Waits for the database."""
        await self._change(prompt_id, lambda sent: {**sent, server: theirs})

    async def drop(self, server: str, prompt_id: str) -> None:
        """The prompt certainly did not arrive. Waits for the database."""
        await self._change(prompt_id, lambda sent: {name: theirs for name, theirs in sent.items() if name != server})

    async def of(self, server: str, prompt_id: str) -> str | None:
        """The server's id of the prompt, empty if that is not known, None if it was never sent there. Raises
        `LedgerAway`.
        """
        statement = select(JOBS.c.sent).where(JOBS.c.id == prompt_id)
        sent: Mapping[str, str] | None = await self._database.transaction(lambda found: found.scalar(statement))
        return (sent or {}).get(server)

    async def _change(self, job_id: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        own = JOBS.c.id == job_id

        def write(connection: Connection) -> None:
            sent = connection.scalar(select(JOBS.c.sent).where(own).with_for_update())
            connection.execute(update(JOBS).where(own).values(sent=change(sent or {})))

        await self._database.persist(write)
