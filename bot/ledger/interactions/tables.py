"""The table of interactions that are under way, beside those in `schema`."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, text

from bot.ledger.database.schema import METADATA

INTERACTIONS: Final = Table(
    "interactions",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("token", String, nullable=False),
    Column("taken_by", String(36), nullable=False),
    Column("taken_at", Float, nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("takeovers", Integer, nullable=False),
    Column("answer", Integer),
    Column("ended", Boolean, nullable=False),
    Column("language", String(16)),
)
"""Each interaction by Discord's id, and the process that takes care of it. `answer` is the type of its first answer
once Discord has accepted one. The token is erased when the interaction has ended; the row stays for an hour, so that
a process that receives it late knows.
"""

SIGHTINGS: Final = Table(
    "sightings",
    METADATA,
    Column("what", String(32), primary_key=True),
    Column("last", Float, nullable=False),
)
"""When one of the processes last noticed another program with the same token."""

Index(
    "interactions_open",
    INTERACTIONS.c.lease_until,
    sqlite_where=text("NOT ended"),
    postgresql_where=text("NOT ended"),
)
Index("interactions_taken", INTERACTIONS.c.taken_at)
