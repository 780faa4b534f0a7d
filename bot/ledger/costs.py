"""What a job takes, learned from what jobs like it took."""

from __future__ import annotations

import statistics
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from bot.ledger.dialects import add_unless_there
from bot.ledger.schema import COSTS

_REMEMBERED: Final = 15
"""Runs. The median of a few forgets a bad day soon, and does not hear a single run that hung."""
_EVERYWHERE: Final = ""
_LEAST_SECONDS: Final = 0.1


def expected(connection: Connection, workflow: str, size_class: int, guess: float) -> float:
    """How many seconds such a job takes on whichever server, or `guess` where none has been made yet."""
    recent = _recent(connection, workflow, size_class, _EVERYWHERE)
    return max(_LEAST_SECONDS, statistics.median(recent) if recent else guess)


def learn(connection: Connection, workflow: str, size_class: int, server: str, seconds: float) -> None:
    """Remember how long a run took there, and anywhere."""
    for where in (server, _EVERYWHERE):
        key = {"workflow": workflow, "size_class": size_class, "server": where}
        recent = _recent(connection, workflow, size_class, where)
        if recent is None:
            # The first runs may end at the same moment in several processes.
            add_unless_there(connection, COSTS, **key, recent=[])
        kept = [*(recent or ()), round(seconds, 3)][-_REMEMBERED:]
        connection.execute(
            update(COSTS).where(*(COSTS.c[name] == value for name, value in key.items())).values(recent=kept)
        )


def _recent(connection: Connection, workflow: str, size_class: int, server: str) -> list[float] | None:
    found: list[float] | None = connection.scalar(
        select(COSTS.c.recent).where(
            COSTS.c.workflow == workflow, COSTS.c.size_class == size_class, COSTS.c.server == server
        )
    )
    return found
