"""Which prompts on a server are jobs'. All others were started in ComfyUI itself, or by another program."""

import asyncio
import os
import re
from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError

from bot.errors import LedgerAway
from bot.ledger.database.schema import ACTIVE, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import prompts_of

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AT_ONCE: Final = 500
"""Ids in one statement."""
_PATIENCE: Final = 5.0
"""Seconds."""
_ACTIVE: Final = select(JOBS.c.id, JOBS.c.stops).where(ACTIVE, JOBS.c.server.is_not(None))


def own_prompts(connection: Connection, prompt_ids: Collection[str]) -> frozenset[str]:
    """Those that are jobs', also of jobs that are over, or that an earlier process sent."""
    ours: set[str] = set()
    # Others may call their prompts anything, also what a database refuses.
    asked = [one for one in prompt_ids if _UUID.fullmatch(one)]
    for first in range(0, len(asked), _AT_ONCE):
        some = select(JOBS.c.id).where(JOBS.c.id.in_(asked[first : first + _AT_ONCE]))
        ours.update(connection.scalars(some))
    if len(ours) < len(asked):
        # A job that was stopped, or repeated, has other ids besides its own.
        for job_id, stops in connection.execute(_ACTIVE):
            ours |= prompts_of(job_id, stops)
    return frozenset(ours.intersection(prompt_ids))


async def find_own_prompts(database_url: str, prompt_ids: Collection[str]) -> frozenset[str] | None:
    """The same for a program that has not opened the ledger. None if its database cannot tell."""
    path = make_url(database_url).database or ""
    if database_url.startswith("sqlite") and not await asyncio.to_thread(os.path.isfile, path):
        return None  # opening it would create it
    database = Database.at(database_url)
    try:
        return await database.transaction(lambda found: own_prompts(found, prompt_ids), seconds=_PATIENCE)
    except (DBAPIError, LedgerAway):
        return None
    finally:
        await database.close()
