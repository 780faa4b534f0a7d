"""Adds what servers have to do for others, and how much of it comes before a job."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("servers", sa.Column("foreign_prompts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("servers", sa.Column("foreign_until", sa.Float(), nullable=True))
    op.add_column("jobs", sa.Column("foreign_ahead", sa.Integer(), nullable=False, server_default="0"))
