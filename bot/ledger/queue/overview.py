"""The whole line at one moment: what runs where, what waits, what is held back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Connection

from bot.ledger.database.rows import JOB_COLUMNS, job_of
from bot.ledger.database.schema import GUILDS, JOBS, RUNNING
from bot.ledger.jobs import Job
from bot.ledger.queue import positions
from bot.ledger.queue.positions import COUNTED_AHEAD, Standing
from bot.ledger.queue.servers import KnownServer, known_servers

_PAUSED: Final = select(GUILDS.c.guild_id).where(GUILDS.c.paused_by.is_not(None))


@dataclass(frozen=True, slots=True)
class OnServer:
    """A job that is on a server, which is told by a number from 1. `made`: it is the one being made there; otherwise
    it is next. `reached`: the server answers.
    """

    job: Job
    server: int
    made: bool
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Overview:
    """All guilds together, jobs in the order in which they are made; `waiting` and `held` hold the first
    `COUNTED_AHEAD` of them, so that a look costs the same however many there are. `looked`: somebody has looked at the
    servers; right after a start nothing is known of them.
    """

    servers: int
    answering: int
    running: tuple[OnServer, ...]
    waiting: tuple[tuple[Job, Standing], ...]
    held: tuple[Job, ...]
    looked: bool = True
    paused: frozenset[int] = frozenset()
    """The guilds whose moderators have paused their jobs."""

    @property
    def away(self) -> bool:
        """Whether it is certain that no server answers."""
        return self.looked and not self.answering


def overview(connection: Connection, away: Callable[[Sequence[KnownServer]], bool]) -> Overview:
    """The line as it is now."""
    rows = connection.execute(select(*JOB_COLUMNS).where(RUNNING).order_by(JOBS.c.server, JOBS.c.started_at))
    running = [job_of(row) for row in rows]
    known = known_servers(connection)
    urls = sorted({server.url for server in known} | {job.server for job in running if job.server is not None})
    answering = {server.url for server in known if server.answering}
    return Overview(
        servers=len(urls),
        answering=len(answering),
        running=tuple(_on_servers(running, urls, {server.url for server in known} - answering)),
        waiting=tuple(positions.standings(connection, COUNTED_AHEAD)),
        held=tuple(positions.kept_back(connection, COUNTED_AHEAD)),
        looked=bool(answering) or away(known),
        paused=frozenset(connection.scalars(_PAUSED)),
    )


def _on_servers(running: list[Job], urls: list[str], unreached: set[str]) -> list[OnServer]:
    return [
        OnServer(
            job,
            urls.index(job.server) + 1 if job.server in urls else 0,
            made=job.begun_at is not None,
            reached=job.server not in unreached,
        )
        for job in running
    ]
