"""A process that submits jobs until it is killed: `python -m tests.ledger.submitting FOLDER`, an id a line."""

import asyncio
import sys
from pathlib import Path

from bot.ledger import open_ledger
from tests.ledger.orders import order, url_of


async def submit_for_ever(folder: Path) -> None:
    ledger = await open_ledger(url_of(folder))
    while True:
        job, _ = await ledger.submit(order())
        print(job.id, flush=True)  # noqa: T201 - whoever started this reads it


if __name__ == "__main__":
    asyncio.run(submit_for_ever(Path(sys.argv[1])))
