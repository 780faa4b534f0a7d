"""The ledger's tables."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA: Final = MetaData()

JOBS: Final = Table(
    "jobs",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),
    Column("user_id", BigInteger, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("interaction_token", String, nullable=False),
    Column("upload_limit", BigInteger, nullable=False),
    Column("workflow", String, nullable=False),
    Column("values", JSON, nullable=False),
    Column("server", String),
    Column("epoch", Integer, nullable=False, default=0),
    Column("losses", Integer, nullable=False, default=0),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("cancelled_by", BigInteger),
    Column("reason", String),
    Index("jobs_by_state", "state", "number"),
    Index("jobs_by_user", "user_id", "number"),
)

FILES: Final = Table(
    "files",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
)
"""Pictures that members gave, by the SHA-256 of their bytes: whichever worker runs the job finds them here."""

WORKFLOWS: Final = Table(
    "workflows",
    METADATA,
    Column("guild_id", BigInteger, primary_key=True),
    Column("name", String, primary_key=True),
    Column("graph", Text),
    Column("manifest", Text),
    Column("live", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("added_by", BigInteger, nullable=False),
    Column("added_at", Float, nullable=False),
)
"""A guild's own workflows, and (without a graph) what it says about one that all guilds share."""
