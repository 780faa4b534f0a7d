"""Ledgers as tests want them: without jobs and up to date, and patient.

A copy of an empty one costs far less than making another, which has its own tests.
"""

import functools
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from bot.ledger import Ledger, open_ledger
from bot.ledger.database.dialects import sqlite_engine
from bot.ledger.database.upgrades import Upgrade

_PATIENCE_SECONDS: Final = 60.0


async def open_patiently(database_url: str, lease_seconds: float | None = None) -> Ledger:
    """Open the database for a test's own looks and acts. No member waits for those: on a machine with much else to do
    they may take longer than Discord waits for an answer.
    """
    ledger = await open_ledger(database_url, lease_seconds)
    database = ledger._database  # noqa: SLF001 - how long it may take is the program's own affair otherwise
    patient = functools.partial(database.transaction, seconds=_PATIENCE_SECONDS)
    database.transaction = patient  # type: ignore[method-assign]
    return ledger


def lay_ledger(path: Path) -> None:
    """Put one there, as the bot's first start does, unless there is a file already."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty())


@functools.cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.db")
        engine = sqlite_engine(URL.create("sqlite+aiosqlite", database=str(path)))
        with engine.begin() as connection:
            Upgrade()(connection)
        # The last connection takes what is in the log beside the file into the file.
        engine.dispose()
        return path.read_bytes()
