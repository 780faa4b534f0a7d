"""What each guild uses of the bot, for the people who run it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.schema import COUNTED, FILES, IN_LINE, JOBS
from bot.ledger.database.transactions import Database

USE_DAYS: Final = 30
"""How far back images are counted."""


@dataclass(frozen=True, slots=True)
class GuildUse:
    """Jobs that are `waiting` now, images in the last `USE_DAYS` days, and the bytes of a guild's files."""

    waiting: int = 0
    images: int = 0
    disk: int = 0


def disk_of(connection: Connection, guild_id: int) -> int:
    """How many bytes the files of a guild take."""
    return int(connection.scalar(select(func.sum(FILES.c.size)).where(FILES.c.guild_id == guild_id)) or 0)


class GuildUses:
    """What all guilds use. Every method raises `LedgerAway` if the database is unusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_guilds(self) -> dict[int, GuildUse]:
        """The use of every guild that the database knows of. This reads the jobs of `USE_DAYS` days."""
        of_guild = JOBS.c.guild_id.is_not(None)
        recent = JOBS.c.created_at > now() - USE_DAYS * DAY_SECONDS
        counts = {
            "waiting": select(JOBS.c.guild_id, func.count()).where(IN_LINE, of_guild).group_by(JOBS.c.guild_id),
            "images": select(JOBS.c.guild_id, func.sum(JOBS.c.pictures))
            .where(COUNTED, recent, of_guild)
            .group_by(JOBS.c.guild_id),
            "disk": select(FILES.c.guild_id, func.sum(FILES.c.size))
            .where(FILES.c.guild_id.is_not(None))
            .group_by(FILES.c.guild_id),
        }

        def read(connection: Connection) -> dict[int, GuildUse]:
            found: dict[int, dict[str, int]] = {}
            for what, statement in counts.items():
                for guild_id, number in connection.execute(statement):
                    found.setdefault(guild_id, {})[what] = int(number or 0)
            return {guild_id: GuildUse(**use) for guild_id, use in found.items()}

        return await self._database.transaction(read, seconds=None)
