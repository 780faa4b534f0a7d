"""The tables about single members."""

from typing import Final

from sqlalchemy import JSON, BigInteger, Column, Float, String, Table

from bot.ledger.database.schema import METADATA

PREFERENCES: Final = Table(
    "preferences",
    METADATA,
    Column("user_id", BigInteger, primary_key=True),
    Column("guild_id", BigInteger, primary_key=True),
    Column("settings", JSON, nullable=False),
)
"""What a member has set for themselves in a guild; guild 0 stands for direct messages."""

NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("job_id", String(36), primary_key=True),
    Column("due_at", Float, nullable=False),
    Column("nonce", String(25)),
    Column("taken_at", Float),
)
"""Jobs that are over and whose owner has to be told. Those with the same nonce share one message."""
