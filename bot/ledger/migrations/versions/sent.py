"""Adds what servers with ids of their own call a job's prompt."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("sent", sa.JSON(), nullable=True))
