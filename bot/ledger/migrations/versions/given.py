"""Adds what a member gave for a job, where the job's values differ from it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("given", sa.JSON(), nullable=True))
