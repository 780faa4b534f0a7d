"""A ledger that has been used for a while."""

from typing import Any

from sqlalchemy import String, cast, insert, literal, select
from sqlalchemy.engine import Connection

from bot.ledger import JobState
from bot.ledger.database.schema import JOBS

MEMBERS = 50


def fill(connection: Connection, rows: int, state: JobState) -> None:
    """So many jobs of fifty members, all waiting or all done, without the ledger's help."""
    done = state is JobState.DONE
    number = select(literal(1).label("i")).cte("numbers", recursive=True)
    number = number.union_all(select(number.c.i + 1).where(number.c.i < rows))
    row = number.c.i
    start = (row / MEMBERS) * 10.0
    values: dict[str, Any] = {
        "id": literal("filled-") + cast(row, String),
        "guild_id": literal(100),
        "channel_id": literal(200),
        "message_id": literal(400),
        "user_id": row % MEMBERS,
        "application_id": literal(300),
        "interaction_token": literal("a-made-up-token" * 10),
        "upload_limit": literal(10 * 2**20),
        "channel_visible": literal(value=True),
        "workflow": literal("text_to_image"),
        "values": literal({"prompt": "a lighthouse at dusk"}, JOBS.c["values"].type),
        "pictures": literal(1),
        "state": literal(state.value),
        "lane": literal(0),
        "weight": literal(1.0),
        "size_class": literal(0),
        "models": literal(""),
        "needs": literal(""),
        "cost": literal(10.0),
        "start_tag": start,
        "finish_tag": start + 10.0,
        "overtaken": literal(value=False),
        "bound_until": literal(0.0),
        "epoch": literal(int(done)),
        "losses": literal(0),
        "takeovers": literal(0),
        "created_at": 1.7e9 + row,
    }
    if done:
        values |= {"started_at": 1.7e9 + row, "finished_at": 1.7e9 + row + 5, "seconds": literal(4.0)}
    connection.execute(insert(JOBS).from_select(list(values), select(*values.values())))
