"""Records what this version asks of its tables, so that later versions can be held to it.

    python -m pytest -p tests.ledger.recording tests/ledger

writes, at each release, `statements/REVISION.json.gz`, where REVISION is this version's newest migration. Each
statement is there once for each engine, as the engine gets it. Those that insert rows have values from the tests
beside them.
"""

import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from bot.ledger.database.upgrades import HEAD

FOLDER: Final = Path(__file__).with_name("statements")
_OURS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_NOT_OURS: Final = re.compile(r"alembic|pg_catalog|sqlite_master|darkroom_doctor", re.IGNORECASE)
_LISTS: Final = re.compile(r"\((?:\$\d+::\w+|\?)(?:, (?:\$\d+::\w+|\?))+\)")
"""As many values as there happened to be; nothing else differs between such statements."""

Values = Sequence[Any]

recorded: dict[str, dict[str, tuple[str, Values]]] = {}


@event.listens_for(Engine, "before_cursor_execute")
def _record(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: ANN401
    if statement.startswith(_OURS) and not _NOT_OURS.search(statement):
        values = tuple((parameters[0] if many else parameters) or ()) if statement.startswith("INSERT") else ()
        shape = statement if values else _LISTS.sub("()", re.sub(r"\$\d+", "$1", statement))
        recorded.setdefault(connection.dialect.name, {}).setdefault(shape, (statement, values))


def read(revision: str, engine: str) -> list[tuple[str, Values]]:
    """What the version with this migration asks of this engine: statements, with values where they insert rows."""
    text = gzip.decompress((FOLDER / f"{revision}.json.gz").read_bytes())
    found = json.loads(text, object_hook=lambda given: bytes.fromhex(given["bytes"]) if "bytes" in given else given)
    return [(statement, values) for statement, values in found[engine]]


def attempt(connection: Connection, statement: str, values: Values) -> None:
    """Have the engine work out how it would run a statement. One that inserts rows is run."""
    if values:
        connection.exec_driver_sql(statement, tuple(values))
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"EXPLAIN {statement}", (None,) * statement.count("?"))
    else:
        connection.exec_driver_sql(f"PREPARE asked AS {statement}")
        connection.exec_driver_sql("DEALLOCATE asked")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the file."""
    if not session.testsfailed and "tests.ledger.recording" in session.config.option.plugins:
        found = {name: list(statements.values()) for name, statements in sorted(recorded.items())}
        FOLDER.mkdir(exist_ok=True)
        text = json.dumps(found, default=lambda value: {"bytes": bytes(value).hex()}, indent=0)
        (FOLDER / f"{HEAD}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
