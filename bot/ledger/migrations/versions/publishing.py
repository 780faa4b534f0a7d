"""Adds until when a process is publishing a private job. A process that dies meanwhile leaves it private."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("publishing_until", sa.Float(), nullable=True))
