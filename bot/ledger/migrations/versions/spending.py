"""Adds what jobs cost, and what was spent in each month."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    for name in ("reserved", "charged", "partner_price"):
        op.add_column("jobs", sa.Column(name, sa.BigInteger(), nullable=True))
    held = sa.text("reserved IS NOT NULL")
    op.create_index("jobs_reserved", "jobs", ["reserved"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "spending",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("guild_id", sa.BigInteger(), primary_key=True),
        sa.Column("server", sa.String(), primary_key=True),
        sa.Column("workflow", sa.String(), primary_key=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "budgets",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("told", sa.Integer(), nullable=False),
    )
