"""Who claims jobs, and what decides which one a server gets. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum

from bot.ledger.spending.budget import FREE, Purse


class Reach(Enum):
    """How far a claim reaches."""

    OWN = "own"
    """Jobs that the server may have already, from before a restart or from a dead worker."""
    ONLY = "only"
    """Jobs that the server has already, from before a restart or from a dead worker. Otherwise the next fair job, to
    wait behind the server's running one, if no other server could run it."""
    READY = "ready"
    """Also the next fair job, to wait on the server behind the running one. Not if an idle server can run it now, or an
    earlier job is ready on another server: that job may be late, and this server free before it."""
    IDLE = "idle"
    """Also jobs that wait on another server behind its running one. This server is idle and can begin them at once."""


@dataclass(frozen=True, slots=True)
class Recall:
    """A claim's answer: the next job in fair order is ready on another server, which should be asked for it."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Claimant:
    """A worker that claims for a server, which cannot run the workflows in `beyond` and has the models `loaded`.

    `offers` says whether the server has what a job `needs`; `elsewhere` says whether another server (by name) could run
    a workflow with these needs. `acknowledged`: skip jobs whose reply another process is still sending. `asked_back`:
    jobs that were asked back a moment ago, in vain. `purse` is what jobs cost there.
    """

    worker: str
    server: str
    lease_seconds: float
    beyond: Collection[str] = ()
    loaded: str | None = None
    offers: Callable[[str], bool] = lambda _: True
    reach: Reach = Reach.READY
    elsewhere: Callable[[str, str, str], bool] = lambda *_: False
    asked_back: Collection[str] = ()
    purse: Purse = FREE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting job, with what decides which server may run it."""

    number: int
    id: str
    lane: int
    start_tag: float
    workflow: str
    needs: str
    models: str
    share: int | None = None
    cost: float = 0.0
    epoch: int = 0
    size_class: int = 0
    server: str | None = None
    partner_price: int | None = None
    reserved: int | None = None

    def precedes(self, other: Candidate) -> bool:
        """Whether this one, which has a server, is before a job that waits. Another guild's had its turn first."""
        return self.share != other.share or self.place < other.place

    @property
    def place(self) -> tuple[int, float, int]:
        """Its place in the fair order of its share."""
        return self.lane, self.start_tag, self.number
