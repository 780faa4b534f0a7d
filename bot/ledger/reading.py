"""Questions about the ledger that change nothing in it."""

from __future__ import annotations

from bot.ledger import history
from bot.ledger.database import Database
from bot.ledger.history import Page, Usage
from bot.ledger.jobs import Job
from bot.ledger.overview import Overview, overview


class Reading:
    """What lists and pages are made of. Each method raises `LedgerAway` where the database cannot be used now."""

    _database: Database

    async def overview(self) -> Overview:
        """The whole line as it is now, of all guilds: nobody may be shown all of it."""
        return await self._database.transaction(overview)

    async def history(
        self, user_id: int, guild_id: int | None, size: int, *, below: int | None = None, above: int | None = None
    ) -> Page:
        """A page of a member's finished jobs in a guild: next to the job of this number, else the newest."""
        return await self._database.transaction(
            lambda connection: history.page(connection, user_id, guild_id, size, below=below, above=above)
        )

    async def job_of_message(self, guild_id: int | None, message_id: int) -> Job | None:
        """The job that a message of this guild carries, or None."""
        return await self._database.transaction(
            lambda connection: history.job_of_message(connection, guild_id, message_id)
        )

    async def usage(self, user_id: int, guild_id: int | None) -> Usage:
        """What a member has in use of his allowance in a guild."""
        return await self._database.transaction(lambda connection: history.usage(connection, user_id, guild_id))
