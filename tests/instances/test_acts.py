"""Every command, menu, button, select and form, when another program with the same token answers first: nothing is
done here.

The table of all of them, and the test that it is complete, are in `tests/moderating`.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.ledger import Act
from tests.discord_server import Failure, Request
from tests.moderating.cell_acts import named_in, sent, use
from tests.moderating.cells import COMMANDS, MENUS, Command, Form, Menu, Person, Press
from tests.moderating.press_cells import FORMS, PRESSES
from tests.moderating.stage import PATIENCE, Stage, stage
from tests.waiting import until

__all__ = ["stage"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("taken")]

PEOPLE: tuple[Person, ...] = ("owner", "administrator")
"""Each row is for one of these, if it is for anybody."""
TABLES = ("jobs", "limits", "guilds", "channels", "blocks", "words", "audit", "reports", "cases", "files", "workflows")
NOTED_LATER = "message_id", "worker"
"""What the ledger learns of a job after it was answered, or after its message shows that it was cancelled."""
BY_THE_WORKER = "server", "bound_until", "lease_until", "epoch", "returns", "started_at", "begun_at", "sent"
"""What happens to a job while it goes to a server, or makes way there."""
BY_THE_SCENE = {Act.HELD, Act.WORDS, Act.BLOCKED, Act.REPORTED}
"""What is noted in the background when the scene is set."""
ACTIVE = {"queued": "active", "running": "active"}

Rows = Mapping[str, list[dict[str, object]]]


def kept(database: Path) -> Rows:
    """Everything that an act could change, and nothing else does."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        found = {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in TABLES}  # noqa: S608
    for row in found["jobs"]:
        for column in (*NOTED_LATER, *BY_THE_WORKER):
            del row[column]
        row["state"] = ACTIVE.get(row["state"], row["state"])
    found["audit"] = [row for row in found["audit"] if row["act"] not in BY_THE_SCENE]
    found["cases"] = [row for row in found["cases"] if row["decision"] is not None]
    return found


def changes(before: Rows, after: Rows) -> list[str]:
    """What is different now, but for jobs that were withdrawn."""
    told = []
    for table in TABLES:
        gone = [row for row in before[table] if row not in after[table]]
        new = [row for row in after[table] if row not in before[table]]
        withdrawn = table == "jobs" and not gone and all(row["state"] != "active" for row in new)
        told += [] if withdrawn else [f"{table}: {gone} -> {new}"] * bool(gone or new)
    return told


@pytest.mark.parametrize(
    "row", [*COMMANDS, *MENUS, *PRESSES, *FORMS], ids=lambda row: getattr(row, "name", None) or row.custom_id
)
async def test_who_was_not_first_to_answer_does_nothing(
    stage: Stage,
    row: Command | Menu | Press | Form,
) -> None:
    discord = stage.discord
    for person in PEOPLE:
        discord.faults.forget()
        await stage.clear()
        asked: Person = person if isinstance(row, Press) else "owner"
        made, watched = await stage.made_for(named_in(row), getattr(row, "of", "picture"), asked)
        refused = len([one for one in discord.requests if one.failed])
        before = kept(stage.database)
        if isinstance(row, Form):
            discord.fail_next("POST", "/interactions/*/callback", Failure(400, code=40060), 1, _second())
            await sent(stage, row, person, made)
        else:
            discord.fail_next("POST", "/interactions/*/callback", Failure(400, code=40060))
            await use(stage, row, person, made, watched[0] if watched else None)
        await until(lambda: len([one for one in discord.requests if one.failed]) > refused)  # noqa: B023
        try:
            await until(lambda: not changes(before, kept(stage.database)), PATIENCE)  # noqa: B023
        except TimeoutError:
            pytest.fail(f"{person}: {changes(before, kept(stage.database))}", pytrace=False)
        assert not any(message.deleted for message in watched)


def _second() -> Callable[[Request], bool]:
    """The first answer opens the form, and the second one is to its submission."""
    asked: list[Request] = []

    def is_second(request: Request) -> bool:
        asked.append(request)
        return len(asked) > 1

    return is_second
