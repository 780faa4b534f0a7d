"""Adds the channel for a guild's weekly digest, and when the next one is due."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("guilds", sa.Column("digest_channel", sa.BigInteger(), nullable=True))
    op.add_column("guilds", sa.Column("digest_at", sa.Float(), nullable=True))
