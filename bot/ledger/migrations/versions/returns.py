"""Adds how often servers gave a job back, and what is wrong with a server that cannot be used."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("returns", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("servers", sa.Column("trouble", sa.String(16), nullable=True))
