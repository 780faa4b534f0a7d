"""The expected time of a job, learned from earlier jobs like it, and what that costs."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import add_unless_there
from bot.ledger.database.schema import COSTS, JOBS
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.servers.servers import ANSWERING
from bot.money import cost_of

_REMEMBERED: Final = 15
"""Number of runs. The median of a few runs soon forgets a bad day, and ignores a single run that hung."""
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
"""Joins jobs with the costs of jobs like them."""
_CHANGE: Final = (
    update(COSTS).where(*_LIKE_THIS, COSTS.c.server == bindparam("at_server")).values(recent=bindparam("kept"))
)


def expected(connection: Connection, workflow: str, size_class: int, guess: float) -> float:
    """How many seconds such a job takes before it has a server; `guess` if none has run yet.

    Working servers share such jobs by their speed: a server that is three times as fast runs three times as many. The
    average time is therefore the harmonic mean of the servers' times, which gives the right length for the whole queue.
    If no working server has run such jobs, the runs of all servers count together.
    """
    like_this = {"of_workflow": workflow, "of_size": size_class}
    known = {row.server: row.recent for row in connection.execute(_EXPECTED, like_this) if row.recent}
    anywhere = known.pop(_EVERYWHERE, None)
    if known:
        return statistics.harmonic_mean([typical(recent) for recent in known.values()])
    return typical(anywhere) if anywhere else max(_LEAST_SECONDS, guess)


def usual(connection: Connection, workflow: str, size_class: int, server: str) -> float | None:
    """How many seconds such a job takes on this server; None if it has finished none yet."""
    found = connection.execute(_KNOWN, _asked(workflow, size_class, server))
    recent = next((row.recent for row in found if row.server == server), None)
    return typical(recent) if recent else None


def typical(recent: Sequence[float]) -> float:
    """The seconds of a typical run: the median of a few measured ones."""
    return max(_LEAST_SECONDS, statistics.median(recent))


class Priced(Protocol):
    """What the cost of a waiting job depends on. `cost` is its expected time in seconds."""

    @property
    def workflow(self) -> str: ...
    @property
    def size_class(self) -> int: ...
    @property
    def cost(self) -> float: ...
    @property
    def partner_price(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a job should cost, in millionths. `measured`: such jobs have run on this server."""

    cost: int
    measured: bool


def reservation_of(connection: Connection, price: Decimal | None, server: str, job: Priced) -> Reservation:
    """What to reserve of the budget for a job on this server, which costs `price` a second. The longest of its newest
    runs counts, because budgets are passed by those that take longer than usual.
    """
    partners = job.partner_price or 0
    if price is None:
        return Reservation(partners, measured=True)
    known = {row.server: row.recent for row in connection.execute(_KNOWN, _asked(job.workflow, job.size_class, server))}
    recent = known.get(server)
    seconds = max(recent) if recent else expected(connection, job.workflow, job.size_class, job.cost)
    return Reservation(cost_of(seconds, price) + partners, measured=bool(recent))


def _asked(workflow: str, size_class: int, server: str) -> dict[str, object]:
    return {"of_workflow": workflow, "of_size": size_class, "at_server": server}


def learn(connection: Connection, workflow: str, size_class: int, server: str, seconds: float) -> None:
    """Remember how long a run took, for this server and for all servers together."""
    like_this = {"of_workflow": workflow, "of_size": size_class}
    known = {row.server: row.recent for row in connection.execute(_KNOWN, {**like_this, "at_server": server})}
    for where in (server, _EVERYWHERE):
        kept = [*known.get(where, ()), round(seconds, 3)][-_REMEMBERED:]
        if where not in known:
            # Several processes may finish the first runs at the same moment.
            add_unless_there(connection, COSTS, workflow=workflow, size_class=size_class, server=where, recent=[])
        connection.execute(_CHANGE, {**like_this, "at_server": where, "kept": kept})
