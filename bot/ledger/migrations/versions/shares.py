"""Adds each guild's share of the queue and of the database, and what a server said in full about a failure."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    # Computed, so that a job of a version that knows no shares has one, too. PostgreSQL before 18 has to store it, and
    # SQLite cannot add a stored one.
    stored = op.get_bind().dialect.name == "postgresql"
    share = sa.Computed("coalesce(guild_id, -user_id)", persisted=stored)
    op.add_column("jobs", sa.Column("share", sa.BigInteger(), share))
    op.add_column("jobs", sa.Column("failure", sa.JSON(), nullable=True))
    op.add_column("files", sa.Column("guild_id", sa.BigInteger(), nullable=True))
    op.add_column("files", sa.Column("size", sa.BigInteger(), nullable=True))
    op.create_table(
        "shares",
        sa.Column("share", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("clock", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("share"),
    )
    op.drop_index("jobs_served", "jobs")
    op.drop_index("jobs_virtual_time", "jobs")
    _index("jobs_served", ["share", "finish_tag"], "state = 'done'")
    _index("jobs_virtual_time", ["share", "start_tag"], "started_at IS NOT NULL")
    _index("jobs_in_share", ["share", "lane", "start_tag", "number"], "state = 'queued'")
    _index("jobs_running_in_share", ["share"], "state = 'running'")
    op.create_index(
        "files_of_guild",
        "files",
        ["guild_id", "size"],
        sqlite_where=sa.text("guild_id IS NOT NULL"),
        postgresql_where=sa.text("guild_id IS NOT NULL"),
    )


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "jobs", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
