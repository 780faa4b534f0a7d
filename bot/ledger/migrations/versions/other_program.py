"""Adds when another program with the same token was last noticed, by whichever process."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "sightings",
        sa.Column("what", sa.String(32), primary_key=True),
        sa.Column("last", sa.Float(), nullable=False),
    )
