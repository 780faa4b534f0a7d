"""Adds the limit that operators were last warned about, so that they are warned about a higher one, too."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("budgets", sa.Column("told_limit", sa.BigInteger(), nullable=True))
