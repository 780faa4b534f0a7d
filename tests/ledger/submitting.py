"""A process that submits jobs until it is killed: `python -m tests.ledger.submitting URL`, an id a line."""

import asyncio
import sys

from bot.ledger import open_ledger
from tests.ledger.orders import order


async def submit_for_ever(database_url: str) -> None:
    ledger = await open_ledger(database_url)
    while True:
        job, _ = await ledger.submit(order())
        print(job.id, flush=True)  # noqa: T201 - the process that started this reads it


if __name__ == "__main__":
    asyncio.run(submit_for_ever(sys.argv[1]))
