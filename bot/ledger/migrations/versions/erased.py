"""Adds when a member erased what a job held."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("erased_at", sa.Float(), nullable=True))
