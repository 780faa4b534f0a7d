"""The table of styles."""

from typing import Final

from sqlalchemy import JSON, BigInteger, Column, Float, String, Table

from bot.ledger.database.schema import METADATA

STYLES: Final = Table(
    "styles",
    METADATA,
    Column("guild_id", BigInteger, primary_key=True),
    Column("key", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("content", JSON(none_as_null=True)),
    Column("changed_by", BigInteger, nullable=False),
    Column("changed_at", Float, nullable=False),
)
"""A guild's own styles. `key` is the name in any case. A row without content hides a style that all guilds share."""
