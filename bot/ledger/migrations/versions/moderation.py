"""Adds the moderators' rules, blocks, reports and audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("hold_reason", sa.String()))
        jobs.add_column(sa.Column("approved_by", sa.BigInteger()))
        jobs.add_column(sa.Column("spoiler", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("limits") as limits:
        limits.add_column(sa.Column("pixels", sa.Integer()))
        limits.add_column(sa.Column("steps", sa.Integer()))
        limits.add_column(sa.Column("pictures", sa.Integer()))
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("audit_by_age", "audit", ["at"], unique=False)
    op.create_index("audit_of_a_guild", "audit", ["guild_id", "number"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "user_id"),
    )
    op.create_table(
        "channels",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=True),
        sa.Column("workflows", sa.JSON(), nullable=True),
        sa.Column("spoiler", sa.Boolean(), nullable=True),
        sa.Column("previews", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "channel_id"),
    )
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("paused_by", sa.BigInteger(), nullable=True),
        sa.Column("paused_at", sa.Float(), nullable=True),
        sa.Column("pause_reason", sa.String(), nullable=True),
        sa.Column("audit_channel", sa.BigInteger(), nullable=True),
        sa.Column("approval_channel", sa.BigInteger(), nullable=True),
        sa.Column("panel_channel", sa.BigInteger(), nullable=True),
        sa.Column("panel_message", sa.BigInteger(), nullable=True),
        sa.Column("check_action", sa.String(length=16), nullable=True),
        sa.Column("check_threshold", sa.Float(), nullable=True),
        sa.Column("log_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id"),
    )
    op.create_table(
        "reports",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "user_id"),
    )
    op.create_index("reports_by_user", "reports", ["user_id", "at"], unique=False)
    op.create_table(
        "words",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("words_of_a_guild", "words", ["guild_id"], unique=False)
