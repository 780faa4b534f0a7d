"""What a job takes, learned from what jobs like it took."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import add_unless_there
from bot.ledger.database.schema import COSTS, JOBS, SERVERS
from bot.ledger.queue.servers import ANSWERING

_REMEMBERED: Final = 15
"""Runs. The median of a few forgets a bad day soon, and does not hear a single run that hung."""
_EVERYWHERE: Final = ""
_LEAST_SECONDS: Final = 0.1


_LIKE_THIS: Final = COSTS.c.workflow == bindparam("of_workflow"), COSTS.c.size_class == bindparam("of_size")
_KNOWN: Final = select(COSTS.c.server, COSTS.c.recent).where(
    *_LIKE_THIS, COSTS.c.server.in_((bindparam("at_server"), _EVERYWHERE))
)
_EXPECTED: Final = select(COSTS.c.server, COSTS.c.recent).where(
    *_LIKE_THIS, or_(COSTS.c.server == _EVERYWHERE, COSTS.c.server.in_(select(SERVERS.c.url).where(ANSWERING)))
)
LIKE_THEM: Final = (COSTS.c.workflow == JOBS.c.workflow) & (COSTS.c.size_class == JOBS.c.size_class)
"""Of a statement that reads jobs together with what such jobs take."""
_CHANGE: Final = (
    update(COSTS).where(*_LIKE_THIS, COSTS.c.server == bindparam("at_server")).values(recent=bindparam("kept"))
)


def expected(connection: Connection, workflow: str, size_class: int, guess: float) -> float:
    """How many seconds such a job takes before it has a server; `guess` where none has been made yet.

    Servers that work and have made such jobs share them by their speed: one that is three times as fast makes three
    times as many. What a job then takes on average is the harmonic mean, with which the line is as long as it is. Where
    none of them works now, the runs of all servers count together.
    """
    like_this = {"of_workflow": workflow, "of_size": size_class}
    known = {row.server: row.recent for row in connection.execute(_EXPECTED, like_this) if row.recent}
    anywhere = known.pop(_EVERYWHERE, None)
    if known:
        return statistics.harmonic_mean([typical(recent) for recent in known.values()])
    return typical(anywhere) if anywhere else max(_LEAST_SECONDS, guess)


def usual(connection: Connection, workflow: str, size_class: int, server: str) -> float | None:
    """How many seconds such a job takes on this server; None where it has made none yet."""
    found = connection.execute(_KNOWN, {"of_workflow": workflow, "of_size": size_class, "at_server": server})
    recent = next((row.recent for row in found if row.server == server), None)
    return typical(recent) if recent else None


def typical(recent: Sequence[float]) -> float:
    """The seconds of one run, of a few that were measured: their median."""
    return max(_LEAST_SECONDS, statistics.median(recent))


def learn(connection: Connection, workflow: str, size_class: int, server: str, seconds: float) -> None:
    """Remember how long a run took there, and anywhere."""
    like_this = {"of_workflow": workflow, "of_size": size_class}
    known = {row.server: row.recent for row in connection.execute(_KNOWN, {**like_this, "at_server": server})}
    for where in (server, _EVERYWHERE):
        kept = [*known.get(where, ()), round(seconds, 3)][-_REMEMBERED:]
        if where not in known:
            # The first runs may end at the same moment in several processes.
            add_unless_there(connection, COSTS, workflow=workflow, size_class=size_class, server=where, recent=[])
        connection.execute(_CHANGE, {**like_this, "at_server": where, "kept": kept})
