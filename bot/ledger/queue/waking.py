"""Which sleeping machine is woken for the jobs that wait: no more machines than there are jobs for.

A machine that is being woken says so in the ledger, so that the workers of the others leave one job to it. If it does
not wake up in its time, the next one is woken, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.engine import Connection

from bot.ledger.candidates import Claimant, Reach
from bot.ledger.database.dialects import lock_waking, now
from bot.ledger.database.schema import JOBS, RUNNING
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.queue.scheduling import IDLE, choose, fitting
from bot.ledger.servers.servers import ASLEEP

_RELIED_SECONDS: Final = 90.0
"""Others rely for so long on a machine that is being woken. One that starts from nothing, and ComfyUI with it, may take
a minute.
"""
_SLACK_SECONDS: Final = 1.0
"""A change of `dozes_at` that is not worth an UPDATE."""
_MAY_DOZE: Final = SERVERS.c.dozes_at <= now()
_IDLE_AWAKE: Final = IDLE.where(or_(SERVERS.c.dozes_at.is_(None), ~_MAY_DOZE))
_OTHERS: Final = (
    select(SERVERS.c.url, SERVERS.c.woken_until)
    .where(SERVERS.c.url != bindparam("here"), SERVERS.c.lease_until > now(), SERVERS.c.rest.is_(None))
    .where(SERVERS.c.url.not_in(select(JOBS.c.server).where(RUNNING, JOBS.c.server.is_not(None))))
)
_WAKING: Final = _OTHERS.where(SERVERS.c.woken_until > now())
_SLEEPING: Final = _OTHERS.where(
    SERVERS.c.woken_until.is_(None), or_(SERVERS.c.answering & _MAY_DOZE, SERVERS.c.trouble == ASLEEP)
)


@dataclass(frozen=True, slots=True)
class Sleepy:
    """What is known of the claimant's machine: certainly awake for so many seconds more (0: it may be asleep). `knows`
    says whether a server, by its name, has ever said what it has.
    """

    awake_seconds: float
    knows: Callable[[str], bool]


def is_wanted(connection: Connection, claimant: Claimant, sleepy: Sleepy) -> bool:
    """Whether to use this server for a job that waits, and to wake its machine for that if it may be asleep."""
    own = SERVERS.c.url == claimant.server, SERVERS.c.worker == claimant.worker
    waits = bool(fitting(connection, claimant, 1))
    awake = sleepy.awake_seconds > 0
    if waits and not awake:
        lock_waking(connection)
    known = connection.execute(select(SERVERS.c.dozes_at, SERVERS.c.woken_until, now()).where(*own)).one_or_none()
    dozes_at, woken_until, clock = (None, None, 0.0) if known is None else known
    wanted = waits and (awake or _is_left(connection, claimant, sleepy, woken_until))
    values: dict[str, float | ColumnElement[float] | None] = {}
    if dozes_at is None or (awake and clock + sleepy.awake_seconds - dozes_at > _SLACK_SECONDS):
        values["dozes_at"] = now() + sleepy.awake_seconds
    if wanted and not awake:
        values |= {"woken_until": now() + _RELIED_SECONDS} if woken_until is None else {}
    elif woken_until is not None:
        values["woken_until"] = None
    if values:
        connection.execute(update(SERVERS).where(*own).values(**values))
    return wanted


def _is_left(connection: Connection, claimant: Claimant, sleepy: Sleepy, woken_until: float | None) -> bool:
    """Whether a job is left over if each server that is awake and idle takes one, and each that is being woken. Those
    that were woken after this one do not count, or both would leave the job to each other.
    """
    asked = {"here": claimant.server}
    idle: Sequence[str] = connection.scalars(_IDLE_AWAKE, asked).all()
    waking = {
        row.url
        for row in connection.execute(_WAKING, asked)
        if woken_until is None or (row.woken_until, row.url) < (woken_until, claimant.server)
    }
    able = [*idle]
    if woken_until is None and not sleepy.knows(claimant.server):
        # Rather one that is known to be able to run it.
        able += connection.scalars(_SLEEPING, asked).all()

    def could(url: str, workflow: str, needs: str) -> bool:
        unknown = url in waking and not sleepy.knows(url)
        return unknown or claimant.elsewhere(url, workflow, needs)

    takers = [*dict.fromkeys((*able, *waking))]
    found = fitting(connection, claimant, len(takers) + 1)
    bound = any(one.server == claimant.server for one in found)
    return bound or choose(found, takers, replace(claimant, reach=Reach.READY, elsewhere=could)) is not None
