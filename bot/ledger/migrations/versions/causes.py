"""Adds the server's error message of a failed job, for moderators."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("cause", sa.String(), nullable=True))
