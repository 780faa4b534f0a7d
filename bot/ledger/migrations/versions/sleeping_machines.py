"""Adds which sleeping machines are being woken, so that no other one is woken for the same job."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("servers", sa.Column("dozes_at", sa.Float(), nullable=True))
    op.add_column("servers", sa.Column("woken_until", sa.Float(), nullable=True))
