"""Adds the language that the owner of a job reads, and the one that the moderators of a guild read."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("language", sa.String(16), nullable=True))
    op.add_column("guilds", sa.Column("language", sa.String(16), nullable=True))
