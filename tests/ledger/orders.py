"""Orders as members give them, how they get on, and a way past the ledger for tests that look or meddle."""

import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from bot.ledger import Allowance, Job, Ledger, NewJob
from tests.postgresql import connection

UPLOAD_LIMIT = 10 * 2**20
HERE = "http://127.0.0.1:8188"
THERE = "http://127.0.0.1:8189"
OWNER = 1
MODERATOR = 99
GUILD = 100


def ledger_file(folder: Path) -> Path:
    return folder / "ledger.db"


def url_of(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{ledger_file(folder)}"


def order(
    user_id: int = OWNER,
    values: Mapping[str, object] | None = None,
    *,
    guild_id: int | None = GUILD,
    **other: Any,  # noqa: ANN401 - any more of an order's fields
) -> NewJob:
    return NewJob(
        **{
            "id": str(uuid.uuid4()),
            "guild_id": guild_id,
            "channel_id": 200,
            "user_id": user_id,
            "application_id": 300,
            "interaction_token": "a-made-up-token",
            "upload_limit": UPLOAD_LIMIT,
            "workflow": "text_to_image",
            "values": {"prompt": "a cat", "seed": 7} if values is None else values,
            **other,
        }
    )


async def submit(ledger: Ledger, number: int = 1, user_id: int = OWNER) -> list[Job]:
    """Jobs whose reply is there."""
    return [await place(ledger, order(user_id)) for _ in range(number)]


async def place(ledger: Ledger, new: NewJob, allowance: Allowance | None = None) -> Job:
    """One job whose reply is there."""
    job, _ = await ledger.submit(new) if allowance is None else await ledger.submit(new, allowance)
    await ledger.acknowledged(job.id, 400)
    return replace(job, message_id=400)


async def claim(ledger: Ledger, server: str = HERE) -> Job:
    job = await ledger.claim(server)
    assert job is not None
    return job


async def claims(ledger: Ledger, server: str = HERE) -> list[str]:
    """The ids of all that a server can claim and begin, in the order that it gets them."""
    found = []
    while job := await ledger.claim(server):
        await ledger.begun(job)
        found.append(job.id)
    return found


async def now(ledger: Ledger, job: Job) -> Job:
    current = await ledger.job(job.id)
    assert current is not None
    return current


async def look(database_url: str, statement: str) -> list[tuple[Any, ...]]:
    """What a statement finds, or does, past the ledger."""
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        async with connection(database_url) as past_the_ledger:
            return [tuple(row) for row in await past_the_ledger.fetch(statement)]
    assert url.database is not None
    opened = sqlite3.connect(url.database, isolation_level=None)
    try:
        return opened.execute(statement).fetchall()
    finally:
        opened.close()


async def pass_time(database_url: str, seconds: float) -> None:
    """Let so much time pass for every lease and everything that a job waits for."""
    times = {
        "jobs": ("lease_until", "bound_until", "created_at", "started_at", "begun_at", "finished_at"),
        "servers": ("lease_until",),
    }
    for table, columns in times.items():
        earlier = ", ".join(f"{column} = {column} - {seconds}" for column in columns)
        await look(database_url, f"UPDATE {table} SET {earlier}")  # noqa: S608 - no foreign words in it
