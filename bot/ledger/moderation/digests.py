"""Which guilds' weekly digests are due."""

from dataclasses import dataclass

from sqlalchemy import select, update

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.schema import GUILDS
from bot.ledger.database.transactions import Database
from bot.ledger.moderation.weeks import DAYS, Week, week_of

_WEEK_SECONDS = DAYS * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Due:
    """A guild whose week ended at `at` (seconds since 1970), and the channel for its digest."""

    guild_id: int
    channel_id: int
    at: float


class Digests:
    """The digests of all guilds that want one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self) -> tuple[Due, ...]:
        """The digests that are due. A missed week is sent late; of several missed weeks, only the last."""
        columns = GUILDS.c.guild_id, GUILDS.c.digest_channel, GUILDS.c.digest_at
        wanted = GUILDS.c.digest_channel.is_not(None), GUILDS.c.digest_at <= now()
        statement = select(*columns, now()).where(*wanted)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(
            Due(guild_id, channel_id, at + (asked_at - at) // _WEEK_SECONDS * _WEEK_SECONDS)
            for guild_id, channel_id, at, asked_at in rows
        )

    async def weeks(self, due: Due) -> tuple[Week, Week]:
        """The seven days before the (UTC) day on which the digest is due, and the seven days before those."""
        since = due.at // DAY_SECONDS * DAY_SECONDS - _WEEK_SECONDS
        return await self._database.transaction(
            lambda connection: (
                week_of(connection, due.guild_id, since),
                week_of(connection, due.guild_id, since - _WEEK_SECONDS),
            )
        )

    async def told(self, due: Due) -> None:
        """Schedule the next digest a week later, unless moderators have changed the schedule meanwhile."""
        same = GUILDS.c.guild_id == due.guild_id, GUILDS.c.digest_at <= due.at
        statement = update(GUILDS).where(*same).values(digest_at=due.at + _WEEK_SECONDS)
        await self._database.transaction(lambda connection: connection.execute(statement))
