"""Notes that the sheet of a grid shows an image that was deleted since."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("grids", sa.Column("stale", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("grids_open", "grids")
    is_open = sa.text("closed_at IS NULL OR stale")
    op.create_index("grids_open", "grids", ["created_at"], sqlite_where=is_open, postgresql_where=is_open)
