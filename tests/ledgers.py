"""Ledgers without jobs, up to date: a copy costs far less than making another, which has its own tests."""

import functools
import tempfile
from pathlib import Path

from sqlalchemy import URL

from bot.ledger.database.dialects import sqlite_engine
from bot.ledger.database.upgrades import Upgrade


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
