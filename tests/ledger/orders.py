"""Orders as members give them, for ledgers that are real files, and how they get on."""

import uuid
from collections.abc import Mapping
from pathlib import Path

from bot.ledger import Job, Ledger, NewJob

UPLOAD_LIMIT = 10 * 2**20
HERE = "http://127.0.0.1:8188"
THERE = "http://127.0.0.1:8189"
OWNER = 1
MODERATOR = 99


def url_of(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'ledger.db'}"


def order(user_id: int = 1, values: Mapping[str, object] | None = None, *, guild_id: int | None = 100) -> NewJob:
    return NewJob(
        id=str(uuid.uuid4()),
        guild_id=guild_id,
        channel_id=200,
        user_id=user_id,
        application_id=300,
        interaction_token="a-made-up-token",
        upload_limit=UPLOAD_LIMIT,
        workflow="text_to_image",
        values={"prompt": "a cat", "seed": 7} if values is None else values,
    )


async def submit(ledger: Ledger, number: int = 1) -> list[Job]:
    return [(await ledger.submit(order(OWNER)))[0] for _ in range(number)]


async def claim(ledger: Ledger, server: str = HERE) -> Job:
    job = await ledger.claim(server)
    assert job is not None
    return job


async def claims(ledger: Ledger, server: str = HERE) -> list[str]:
    """The ids of all that a server can claim, in the order that it gets them."""
    found = []
    while job := await ledger.claim(server):
        found.append(job.id)
    return found


async def now(ledger: Ledger, job: Job) -> Job:
    current = await ledger.job(job.id)
    assert current is not None
    return current
