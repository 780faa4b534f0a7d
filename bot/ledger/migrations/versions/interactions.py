"""Adds the interactions that several processes share, and the oldest version that works with these tables."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "interactions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("taken_by", sa.String(36), nullable=False),
        sa.Column("taken_at", sa.Float(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("takeovers", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    is_open = sa.text("NOT ended")
    op.create_index(
        "interactions_open", "interactions", ["lease_until"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("interactions_taken", "interactions", ["taken_at"])
    op.create_table(
        "compatibility",
        sa.Column("revision", sa.String(32), nullable=False),
        sa.Column("oldest", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
