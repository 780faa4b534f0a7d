"""Adds when a server began a job, which may be long after the job entered its queue."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("begun_at", sa.Float(), nullable=True))
