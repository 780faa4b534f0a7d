"""Adds what servers with ids of their own call a job's prompt."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("sent", sa.JSON(), nullable=True))
