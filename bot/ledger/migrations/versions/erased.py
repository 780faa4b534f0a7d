"""Adds when a member erased what a job held."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("erased_at", sa.Float(), nullable=True))
