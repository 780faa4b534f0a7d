"""Adds the language that the member behind a link to the paint page reads on Discord."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("links", sa.Column("language", sa.String(16), nullable=True))
