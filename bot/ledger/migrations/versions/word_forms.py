"""Adds rules of the word list that also look for a word's forms."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("words", sa.Column("forms", sa.Boolean(), nullable=False, server_default=sa.false()))
