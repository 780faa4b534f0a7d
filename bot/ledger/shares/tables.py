"""The table of the guilds' shares."""

from typing import Final

from sqlalchemy import BigInteger, Column, Float, Table

from bot.ledger.database.schema import METADATA

SHARES: Final = Table(
    "shares",
    METADATA,
    Column("share", BigInteger, primary_key=True, autoincrement=False),
    Column("clock", Float, nullable=False),
)
"""The clock of each share of the queue (seconds of work). Share 0 holds the time of the whole queue."""
