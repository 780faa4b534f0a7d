"""Adds to each link to the paint page the job whose image it shows: a deleted image can't be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("links", sa.Column("source_id", sa.String(length=36), nullable=True))
