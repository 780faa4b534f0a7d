"""Adds what members set for themselves, and the jobs whose owner has to be told that they are over."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "guild_id"),
    )
    op.create_table(
        "notices",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("nonce", sa.String(length=25), nullable=True),
        sa.Column("taken_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("job_id"),
    )
