"""Adds what the moderators' log and reports need to reach their channels exactly once, and refused prompts."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("audit", sa.Column("channel_id", sa.BigInteger(), nullable=True))
    op.add_column("audit", sa.Column("prompt", sa.String(), nullable=True))
    op.add_column("audit", sa.Column("unposted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("audit", sa.Column("batch", sa.Integer(), nullable=True))
    op.create_index("audit_unposted", "audit", ["unposted", "guild_id", "number"], unique=False)
    op.add_column("cases", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("shown_revision", sa.Integer(), nullable=False, server_default="0"))
