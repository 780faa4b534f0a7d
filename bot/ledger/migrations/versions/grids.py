"""Adds grids, whose cells are jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("grid_id", sa.String(length=36), nullable=True))
    op.add_column("jobs", sa.Column("cell", sa.Integer(), nullable=True))
    op.create_table(
        "grids",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("interaction_token", sa.String(), nullable=False),
        sa.Column("upload_limit", sa.BigInteger(), nullable=False),
        sa.Column("channel_visible", sa.Boolean(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("warned_at", sa.Float(), nullable=True),
        sa.Column("closed_at", sa.Float(), nullable=True),
        sa.Column("deleted_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    of_a_grid, is_open = sa.text("grid_id IS NOT NULL"), sa.text("closed_at IS NULL")
    op.create_index("jobs_of_grid", "jobs", ["grid_id", "cell"], sqlite_where=of_a_grid, postgresql_where=of_a_grid)
    op.create_index("grids_open", "grids", ["created_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("grids_of_user", "grids", ["user_id", "created_at"])
