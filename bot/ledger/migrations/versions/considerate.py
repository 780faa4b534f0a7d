"""Adds when servers rest, who paused them, and how often a job was stopped for somebody else."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("servers", sa.Column("rest", sa.String(16), nullable=True))
    op.add_column("servers", sa.Column("rest_until", sa.Float(), nullable=True))
    op.add_column("jobs", sa.Column("stops", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "pauses",
        sa.Column("server", sa.String(), primary_key=True),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=True),
    )
