"""The ledger's tables about money: no members, and nothing that goes when jobs are deleted."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, String, Table

from bot.ledger.database.schema import METADATA

SPENDING: Final = Table(
    "spending",
    METADATA,
    Column("month", String(7), primary_key=True),
    Column("guild_id", BigInteger, primary_key=True),
    Column("server", String, primary_key=True),
    Column("workflow", String, primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("cost", BigInteger, nullable=False),
)
"""What was spent in a month (`2026-11`, UTC), in millionths. Guild 0: direct messages."""

BUDGETS: Final = Table(
    "budgets",
    METADATA,
    Column("month", String(7), primary_key=True),
    Column("told", Integer, nullable=False),
    Column("told_limit", BigInteger),
)
"""One row a month: claims that need a share of the budget lock it. `told`: up to how many percent of the limit its
operators have been told, and which limit that was.
"""
