"""Whether a sleeping server is worth waking: somebody waits whom no other server will serve in a moment."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now
from bot.ledger.database.schema import JOBS, RUNNING
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.queue.positions import WAITING
from bot.ledger.queue.servers import WORKING

_PATIENCE_SECONDS: Final = 10.0
"""An idle server takes a job that it can run in less time."""
_HERE: Final = JOBS.c.server == bindparam("here")
_IDLE: Final = select(func.count(SERVERS.c.url.distinct())).where(
    WORKING,
    SERVERS.c.url != bindparam("here"),
    SERVERS.c.url.not_in(select(JOBS.c.server).where(RUNNING, JOBS.c.server.is_not(None))),
)
_WAITING: Final = select(func.count(), func.min(JOBS.c.created_at), now()).where(
    WAITING,
    or_(JOBS.c.server.is_(None), _HERE, JOBS.c.bound_until < now()),
    JOBS.c.workflow.not_in(bindparam("beyond", expanding=True)),
)


def is_wanted(connection: Connection, server: str, beyond: Collection[str]) -> bool:
    """Whether jobs wait for this server, which cannot run the workflows in `beyond`."""
    waiting, oldest, clock = connection.execute(_WAITING, {"here": server, "beyond": list(beyond)}).one()
    if not waiting:
        return False
    idle: int = connection.scalar(_IDLE, {"here": server}) or 0
    return bool(waiting > idle or clock > oldest + _PATIENCE_SECONDS)
