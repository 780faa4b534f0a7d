"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_COUNTED = "state = 'queued' OR state = 'running' OR state = 'done'"


def upgrade() -> None:
    op.create_table(
        "costs",
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("size_class", sa.Integer(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workflow", "size_class", "server"),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "jobs",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("interaction_token", sa.String(), nullable=False),
        sa.Column("upload_limit", sa.BigInteger(), nullable=False),
        sa.Column("channel_visible", sa.Boolean(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("held_by", sa.BigInteger(), nullable=True),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("size_class", sa.Integer(), nullable=False),
        sa.Column("models", sa.String(), nullable=False),
        sa.Column("needs", sa.String(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("start_tag", sa.Float(), nullable=False),
        sa.Column("finish_tag", sa.Float(), nullable=False),
        sa.Column("overtaken", sa.Boolean(), nullable=False),
        sa.Column("server", sa.String(), nullable=True),
        sa.Column("bound_until", sa.Float(), nullable=False),
        sa.Column("worker", sa.String(length=36), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("takeovers", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("warned_at", sa.Float(), nullable=True),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("cancelled_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    _index("jobs_active", ["user_id", "number"], "state = 'queued' OR state = 'running'")
    _index("jobs_ended", ["finished_at"], "finished_at IS NOT NULL")
    _index("jobs_by_message", ["message_id"], "message_id IS NOT NULL")
    _index("jobs_history", ["user_id", "guild_id", "number"], "state = 'done'")
    _index("jobs_in_line", ["lane", "start_tag", "number"], "state = 'queued'")
    _index("jobs_last_tag", ["user_id", "finish_tag"], _COUNTED)
    _index("jobs_of_a_day", ["user_id", "guild_id", "created_at"], _COUNTED)
    _index("jobs_running", ["server", "lease_until"], "state = 'running'")
    _index("jobs_served", ["finish_tag"], "state = 'done'")
    _index("jobs_virtual_time", ["start_tag"], "started_at IS NOT NULL")
    op.create_table(
        "limits",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("queued", sa.Integer(), nullable=True),
        sa.Column("daily", sa.Integer(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=True),
        sa.Column("lane", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "role_id"),
    )
    op.create_table(
        "servers",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("worker", sa.String(length=36), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("answering", sa.Boolean(), nullable=False),
        sa.Column("object_info", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("url", "worker"),
    )
    op.create_table(
        "workflows",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("graph", sa.Text(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "name"),
    )


def _index(name: str, columns: list[str], where: str | None = None) -> None:
    condition = sa.text(where) if where is not None else None
    op.create_index(name, "jobs", columns, sqlite_where=condition, postgresql_where=condition)
