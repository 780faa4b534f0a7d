"""Adds the styles of guilds, and the trigger words of LoRAs."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "styles",
        sa.Column("guild_id", sa.BigInteger(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "lora_words",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("read_at", sa.Float(), nullable=False),
    )
