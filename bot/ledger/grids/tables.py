"""The table of grids, and where the jobs of their cells are found."""

from typing import Final

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, String, Table, Text, false

from bot.ledger.database.schema import JOBS, METADATA

GRIDS: Final = Table(
    "grids",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("interaction_token", String, nullable=False),
    Column("upload_limit", BigInteger, nullable=False),
    Column("channel_visible", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("workflow", String, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("axes", JSON, nullable=False),
    Column("message_id", BigInteger),
    Column("created_at", Float, nullable=False),
    Column("warned_at", Float),
    Column("closed_at", Float),
    Column("deleted_by", BigInteger),
    Column("stale", Boolean, nullable=False, server_default=false()),
)
"""Grids. Their cells are jobs. `stale`: the sheet shows an image that was deleted since."""

_OF_A_GRID: Final = JOBS.c.grid_id.is_not(None)
OPEN: Final = GRIDS.c.closed_at.is_(None) | GRIDS.c.stale
"""The sheet has to be updated."""
Index("jobs_of_grid", JOBS.c.grid_id, JOBS.c.cell, sqlite_where=_OF_A_GRID, postgresql_where=_OF_A_GRID)
Index("grids_open", GRIDS.c.created_at, sqlite_where=OPEN, postgresql_where=OPEN)
Index("grids_of_user", GRIDS.c.user_id, GRIDS.c.created_at)
