"""An act of a moderator or an administrator and its line in the log are one: whatever happens between them, a kill or
a full disk, there is never one without the other. Here the database takes no lines, and so no acts.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from tests.discord_server import Interaction
from tests.discord_server.interactions import Answered
from tests.discord_server.resolving import Value
from tests.moderating.cell_acts import named_in, sent, use
from tests.moderating.cells import COMMANDS, Command, Form, Press, moderators
from tests.moderating.press_cells import FORMS, PRESSES
from tests.moderating.stage import PATIENCE, Stage, stage
from tests.waiting import until

__all__ = ["stage"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("lines")]

_STAFF: Final = (
    "moderate",
    "workflow ",
    "workflow:",
    "style",
    "draft",
    "panel",
    "approve",
    "reject",
    "report-",
    "cancel:",
)
_REPLACED: Final = {"moderate limits", "moderate words remove", "moderate audit", "moderate approvals"}
"""The table only looks at these settings, or finds nothing to change."""
_SAID_LATER: Final = "moderate cancel", "report-delete"
"""To cancel everything is asked first. The line about an image is written once Discord has deleted it, if need be by
the next process.
"""


def acts() -> Iterator[Command | Press | Form]:
    """All rows of the table that change what a moderator or an administrator may change, and some more."""
    for row in (*COMMANDS, *PRESSES, *FORMS):
        name = row.name if isinstance(row, Command) else row.custom_id.removeprefix("darkroom:")
        if name.startswith(_STAFF) and name not in _REPLACED and not any(one in name for one in _SAID_LATER):
            yield row
    told: Mapping[Any, str] = moderators("")
    yield Command("imagine", told, {"prompt": "a unicorn"})
    yield Command("moderate limits", told, {"role": "{role}", "queued": 7})
    yield Command("moderate limits", told, {"role": "{role}", "clear": "everything"})
    yield Command("moderate words remove", told, {"rule": "unicorn"})
    yield Command("moderate audit", told, {"days": 9})
    yield Command("moderate audit", told, {"channel": "{channel}"})
    yield Command("moderate approvals", told, {"off": True})
    yield Command("moderate digest", told, {"channel": "{channel}"})
    yield Command("moderate check", told, {"action": "hold"})
    yield Command("moderate block", told, {"user": "{owner}", "reason": "again and again"})
    yield Command("moderate unblock", told, {"user": "{blocked}"})
    yield Command("moderate cancel", told, {"job": "{job_id}", "reason": "because"})
    yield Command("moderate cancel", told, {"user": "{owner}"})
    yield Command("style remove", told, {"name": "Fancy"})


@contextlib.contextmanager
def no_lines(database: Path) -> Iterator[None]:
    """The table of the log takes nothing."""
    with closing(sqlite3.connect(database, timeout=PATIENCE)) as connection:
        connection.execute("CREATE TRIGGER no_lines BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no lines'); END")
        try:
            yield
        finally:
            connection.execute("DROP TRIGGER no_lines")


def kept(database: Path) -> dict[str, list[Any]]:
    """Everything that these acts change."""
    what = {
        "jobs": "id, cancelled_by, held_by, approved_by, deleted_by, start_tag < 0",
        "limits": "*",
        "channels": "*",
        "blocks": "*",
        "words": "*",
        "styles": "guild_id, key, name, content",
        "workflows": "guild_id, name, graph, manifest, live, enabled",
        "guilds": "guild_id, paused_by, audit_channel, approval_channel, panel_message, check_action, log_days, "
        "digest_channel",
        "cases": "job_id, decision, decided_by",
    }
    with closing(sqlite3.connect(database)) as connection:
        return {
            table: sorted(connection.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)  # noqa: S608
            for table, columns in what.items()
        }


def is_answered(made: Interaction) -> bool:
    """Whether the answer says how it ended."""
    if made.reply is None:
        return False
    shown = made.reply.message
    if made.reply.kind == Answered.DEFERRED_UPDATE and shown is not None:
        return bool(made.followups) or shown.state.at > made.made
    return bool(made.followups) or made.reply.modal is not None or (shown is not None and not shown.loading)


@pytest.mark.parametrize("row", list(acts()), ids=lambda row: getattr(row, "name", None) or row.custom_id)
async def test_what_cannot_be_logged_is_not_done(stage: Stage, row: Command | Press | Form) -> None:
    await stage.clear()
    made, _watched = await stage.made_for(named_in(row), getattr(row, "of", "picture"))
    if isinstance(row, Command):
        names: dict[str, Value] = {"{role}": stage.people["moderator"].roles[0], "{blocked}": stage.people["blocked"]}
        row = Command(row.name, row.told, {name: names.get(str(one), one) for name, one in row.options.items()})
    before = kept(stage.database)
    with no_lines(stage.database):
        asked = await (
            sent(stage, row, "administrator", made)
            if isinstance(row, Form)
            else use(stage, row, "administrator", made, None)
        )
        await asked.acknowledged(PATIENCE)
        await until(lambda: is_answered(asked), PATIENCE)
        assert kept(stage.database) == before
