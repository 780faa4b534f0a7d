"""Whose turn it is: each guild has the same share of the servers while others wait too, however many members it has.

This is start-time fair queueing once more (see `bot.ledger.queue.fair_queueing`), one level above the members: each
share has a clock, which every job that a server takes advances by its cost, and the share whose clock is behind goes
first. Each member in direct messages has a share of their own. Within a share, members' own clocks decide.

Unlike a member's, a guild's place is not fixed when a job arrives, because a crowd of members who request one image
each would all arrive at the same time of the queue.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import put
from bot.ledger.database.schema import IN_LINE, JOBS, RUNNING
from bot.ledger.shares.tables import SHARES

_QUEUE: Final = 0
"""The share whose clock is the time of the whole queue: the start of what a server took last. No guild has this id."""
_READ_FIRST: Final = 2
_READ_MORE: Final = 4
_FIRST: Final = select(func.min(JOBS.c.share)).where(IN_LINE).scalar_subquery()
_LAST: Final = select(func.max(JOBS.c.share)).where(IN_LINE).scalar_subquery()
_ENDS: Final = select(_FIRST, _LAST)
_PREPAID: Final = func.sum(case((JOBS.c.epoch > 0, JOBS.c.cost), else_=0.0))
_WAITING: Final = select(JOBS.c.share, func.min(JOBS.c.number), _PREPAID).where(IN_LINE).group_by(JOBS.c.share)
_AT_WORK: Final = select(JOBS.c.share).where(RUNNING)
_CLOCKS: Final = select(SHARES.c.share, SHARES.c.clock)


class Waiting(Protocol):
    """A waiting job: its cost in seconds, and how often it was claimed before."""

    @property
    def cost(self) -> float: ...

    @property
    def epoch(self) -> int: ...


class Ready(Waiting, Protocol):
    """A job on a server that has not begun it."""

    @property
    def share(self) -> int | None: ...

    @property
    def number(self) -> int: ...


W = TypeVar("W", bound=Waiting)
Search = Callable[[int | None, int], Sequence[W]]
"""Finds the first jobs of a share in its own order (None: of all), at most so many."""


@dataclass(frozen=True, slots=True)
class _Share:
    share: int
    turn: float
    owed: float
    """Its clock without what its waiting jobs have paid already, which may be behind the time of the queue."""
    at_work: bool
    """Whether a server has a job of it: among equals, one that has none goes first. Otherwise a job that has made way
    for it would be taken again at once.
    """
    oldest: int
    """The number of its oldest waiting job: among equals, the one that has waited longest goes next."""


def share_of(guild_id: int | None, user_id: int) -> int:
    """The share that a member's jobs belong to."""
    return -user_id if guild_id is None else guild_id


def in_turn(connection: Connection, search: Search[W], at_most: int, returned: Ready | None = None) -> Iterator[W]:
    """The first waiting jobs in the fair order of all shares. No more are read than are asked for, by and large.

    A job that would be `returned` by its server counts as a waiting one; `search` has to find it, too.
    """
    if len(ends(connection) | (set() if returned is None else {returned.share})) <= 1:
        return iter(search(None, at_most))
    return _merged(_shares(connection, returned), search, at_most)


def several_wait(connection: Connection) -> bool:
    """Whether jobs of more than one share wait. Otherwise the order is that of the jobs."""
    return len(ends(connection)) > 1


def ends(connection: Connection) -> set[int | None]:
    """The smallest and the greatest share with jobs in the queue. No other query for shares is as cheap."""
    return {*connection.execute(_ENDS).one()} - {None}


def charge(connection: Connection, share: int, cost: float) -> None:
    """A server has taken a job of this share. Nobody pays for a job again that was given back."""
    clocks = _clocks(connection, [share, _QUEUE])
    now = clocks.get(_QUEUE, 0.0)
    start = max(now, clocks.get(share, 0.0))
    put(connection, SHARES, {"share": share}, {"clock": start + cost})
    if start > now:
        put(connection, SHARES, {"share": _QUEUE}, {"clock": start})


def _clocks(connection: Connection, shares: Sequence[int]) -> dict[int, float]:
    found = connection.execute(_CLOCKS.where(SHARES.c.share.in_(shares)))
    return {share: clock for share, clock in found}  # noqa: C416 - a row is no pair for `dict`


def _shares(connection: Connection, returned: Ready | None) -> list[_Share]:
    waiting = {share: (oldest, prepaid) for share, oldest, prepaid in connection.execute(_WAITING)}
    at_work = Counter(connection.scalars(_AT_WORK))
    if returned is not None:
        oldest, prepaid = waiting.get(returned.share, (returned.number, 0.0))
        waiting[returned.share] = (min(oldest, returned.number), prepaid + returned.cost)
        at_work[returned.share] -= 1
    clocks = _clocks(connection, [_QUEUE, *waiting])
    now = clocks.get(_QUEUE, 0.0)
    owed = {share: clocks.get(share, 0.0) - prepaid for share, (_, prepaid) in waiting.items()}
    return [
        _Share(share, max(now, owed[share]), owed[share], at_work[share] > 0, oldest)
        for share, (oldest, _) in waiting.items()
    ]


def _merged(shares: Sequence[_Share], search: Search[W], at_most: int) -> Iterator[W]:
    line = [(one.turn, one.at_work, one.oldest, one.share) for one in shares]
    heapq.heapify(line)
    owed = {one.share: one.owed for one in shares}
    found: dict[int, Iterator[W]] = {}
    while line and at_most:
        turn, at_work, oldest, share = heapq.heappop(line)
        if share not in found:
            found[share] = _first_of(share, search, at_most)
        job = next(found[share], None)
        if job is not None:
            at_most -= 1
            yield job
            # One that was given back has paid, and its share no longer has that to its credit.
            owed[share] = (owed[share] if job.epoch else turn) + job.cost
            heapq.heappush(line, (max(turn, owed[share]), at_work, oldest, share))


def _first_of(share: int, search: Search[W], at_most: int) -> Iterator[W]:
    """A share's first jobs, read a few at a time: most shares are asked for one or two."""
    shown, limit = 0, _READ_FIRST
    while True:
        jobs = search(share, min(limit, at_most))
        yield from jobs[shown:]
        if len(jobs) < limit or limit >= at_most:
            return
        shown, limit = len(jobs), limit * _READ_MORE
