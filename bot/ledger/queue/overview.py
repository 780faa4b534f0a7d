"""A snapshot of the whole queue: what runs where, what waits, what is held."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Connection

from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import GUILDS, JOBS, RUNNING
from bot.ledger.jobs import Job
from bot.ledger.queue import positions
from bot.ledger.queue.positions import COUNTED_AHEAD, Standing
from bot.ledger.queue.workload import Abilities
from bot.ledger.servers.servers import KnownServer, Rest, foreign_work, known_servers, resting

_PAUSED: Final = select(GUILDS.c.guild_id).where(GUILDS.c.paused_by.is_not(None))


@dataclass(frozen=True, slots=True)
class OnServer:
    """A job on a server, which is shown as a number from 1. `made`: the job is running there; otherwise it is next.
    `reached`: the server is reachable.
    """

    job: Job
    server: int
    made: bool
    reached: bool = True
    ill: bool = False
    """Its server is not reached, and that is not because it is silent: it answers, and cannot be used."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All guilds together, with jobs in the order in which they run. `waiting` and `held` contain at most
    `COUNTED_AHEAD` jobs, which bounds the cost of a snapshot. `looked`: somebody has checked the servers; right after a
    start nothing is known about them.
    """

    servers: int
    answering: int
    running: tuple[OnServer, ...]
    waiting: tuple[tuple[Job, Standing], ...]
    held: tuple[Job, ...]
    looked: bool = True
    paused: frozenset[int] = frozenset()
    """The guilds whose moderators have paused their jobs."""
    rest: Rest | None = None
    """Why no job begins anywhere, although servers could."""
    resting: int = 0
    """How many servers rest."""
    foreign: Mapping[int, int] = field(default_factory=dict)
    """Server number -> how many prompts it has that others started in ComfyUI itself; only servers that have some."""
    foreign_first: int = 0
    """How many of them come first wherever a job could go."""
    troubles: tuple[str, ...] = ()
    """What is wrong with the servers that cannot be used, as far as that is known; the others are silent."""

    @property
    def away(self) -> bool:
        """Whether it is certain that all servers are unreachable."""
        return self.looked and not self.answering


def overview(connection: Connection, away: Callable[[Sequence[KnownServer]], bool], abilities: Abilities) -> Overview:
    """Take a snapshot of the queue."""
    rows = connection.execute(select(*JOB_COLUMNS).where(RUNNING).order_by(JOBS.c.server, JOBS.c.started_at))
    running = [job_of(row) for row in rows]
    known = known_servers(connection)
    urls = sorted({server.url for server in known} | {job.server for job in running if job.server is not None})
    answering = {server.url for server in known if server.answering}
    troubles = {server.url: server.trouble for server in known if not server.answering and server.trouble is not None}
    return Overview(
        servers=len(urls),
        answering=len(answering),
        running=tuple(_on_servers(running, urls, {server.url for server in known} - answering, troubles)),
        waiting=tuple(positions.standings(connection, COUNTED_AHEAD, abilities)),
        held=tuple(positions.kept_back(connection, COUNTED_AHEAD)),
        looked=bool(answering) or away(known),
        paused=frozenset(connection.scalars(_PAUSED)),
        rest=resting(known),
        resting=sum(server.rest is not None for server in known),
        foreign={urls.index(server.url) + 1: server.foreign for server in known if server.foreign and server.answering},
        foreign_first=foreign_work(known),
        troubles=tuple(troubles.values()),
    )


def _on_servers(
    running: list[Job], urls: list[str], unreached: set[str], ill: Collection[str | None]
) -> list[OnServer]:
    return [
        OnServer(
            job,
            urls.index(job.server) + 1 if job.server in urls else 0,
            made=job.begun_at is not None,
            reached=job.server not in unreached,
            ill=job.server in ill,
        )
        for job in running
    ]
