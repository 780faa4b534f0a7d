"""The tables of links to the bot's own web page, beside those in `schema`."""

from typing import Final

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, String, Table

from bot.ledger.database.schema import METADATA

LINKS: Final = Table(
    "links",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("channel_visible", Boolean, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("token", String, nullable=False),
    Column("upload_limit", BigInteger, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("spoiler", Boolean, nullable=False),
    Column("workflow", String, nullable=False),
    Column("values", JSON, nullable=False),
    Column("image", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("file_id", String(64)),
    Column("job_id", String(36)),
    Column("source_id", String(36)),
    Column("language", String(16)),
)
"""Links to the paint page, the job that made the image of each (`source_id`), and the job that each was used for."""

KEYS: Final = Table(
    "keys",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("secret", String, nullable=False),
)
"""Secrets that all processes share. Each is made at its first use."""
