"""Removes the user names and passwords that older versions left in servers' addresses."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")
_JOBS = sa.table("jobs", sa.column("server", sa.String))
_SERVERS = sa.table("servers", sa.column("url", sa.String))
_COSTS = sa.table(
    "costs",
    sa.column("workflow", sa.String),
    sa.column("size_class", sa.Integer),
    sa.column("server", sa.String),
    sa.column("recent", sa.JSON),
)


def upgrade() -> None:
    connection = op.get_bind()
    # Workers report their servers again within a minute, by the new name.
    connection.execute(sa.delete(_SERVERS).where(_SERVERS.c.url.contains("@")))
    named = sa.select(_JOBS.c.server).where(_JOBS.c.server.contains("@")).distinct()
    for server in connection.scalars(named).all():
        connection.execute(sa.update(_JOBS).where(_JOBS.c.server == server).values(server=_LOGIN.sub("", server)))
    learned = connection.execute(sa.select(_COSTS).where(_COSTS.c.server.contains("@"))).all()
    connection.execute(sa.delete(_COSTS).where(_COSTS.c.server.contains("@")))
    for row in learned:
        key = {"workflow": row.workflow, "size_class": row.size_class, "server": _LOGIN.sub("", row.server)}
        there = sa.select(_COSTS.c.server).where(*(_COSTS.c[name] == value for name, value in key.items()))
        if connection.scalar(there) is None:
            connection.execute(sa.insert(_COSTS).values(**key, recent=row.recent))
