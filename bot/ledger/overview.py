"""The whole line at one moment: what runs where, what waits, what is held back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from bot.ledger import line
from bot.ledger.dialects import now
from bot.ledger.jobs import Job
from bot.ledger.line import COUNTED_AHEAD, Standing
from bot.ledger.rows import JOB_COLUMNS, job_of
from bot.ledger.schema import JOBS, RUNNING, SERVERS


@dataclass(frozen=True, slots=True)
class OnServer:
    """A job that is on a server, which is told by a number from 1. `made`: it is the one being made there; otherwise
    it is next.
    """

    job: Job
    server: int
    made: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """All guilds together, jobs in the order in which they are made; `waiting` and `held` hold the first
    `COUNTED_AHEAD` of them, so that a look costs the same however many there are.
    """

    servers: int
    answering: int
    running: tuple[OnServer, ...]
    waiting: tuple[tuple[Job, Standing], ...]
    held: tuple[Job, ...]


def overview(connection: Connection) -> Overview:
    """The line as it is now."""
    rows = connection.execute(select(*JOB_COLUMNS).where(RUNNING).order_by(JOBS.c.server, JOBS.c.started_at))
    running = [job_of(row) for row in rows]
    alive = connection.execute(select(SERVERS.c.url, SERVERS.c.answering).where(SERVERS.c.lease_until > now())).all()
    urls = sorted({row.url for row in alive} | {job.server for job in running if job.server is not None})
    return Overview(
        servers=len(urls),
        answering=len({row.url for row in alive if row.answering}),
        running=tuple(_on_servers(running, urls)),
        waiting=tuple(line.standings(connection, COUNTED_AHEAD)),
        held=tuple(line.kept_back(connection, COUNTED_AHEAD)),
    )


def _on_servers(running: list[Job], urls: list[str]) -> list[OnServer]:
    return [
        OnServer(job, urls.index(job.server) + 1 if job.server in urls else 0, made=job.begun_at is not None)
        for job in running
    ]
