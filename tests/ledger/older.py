"""Ledgers as older programs left them: made by the migrations up to a revision, with rows of that time."""

from collections.abc import Mapping
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, insert
from sqlalchemy.engine import Connection

from bot.ledger.database.transactions import Database
from tests.ledger.orders import GUILD, OWNER, UPLOAD_LIMIT

FIRST: Final = "0001"
"""The revision of the first ledgers."""
WAITING_ID: Final = "00000000-0000-4000-8000-000000000001"

_WAITING: Final[Mapping[str, object]] = {
    "id": WAITING_ID,
    "guild_id": GUILD,
    "channel_id": 200,
    "message_id": 400,
    "user_id": OWNER,
    "application_id": 300,
    "interaction_token": "a-made-up-token",
    "upload_limit": UPLOAD_LIMIT,
    "channel_visible": True,
    "workflow": "text_to_image",
    "values": {"prompt": "an old fox", "seed": 7},
    "pictures": 1,
    "state": "queued",
    "lane": 0,
    "weight": 1.0,
    "size_class": 20,
    "models": "",
    "needs": "",
    "cost": 10.0,
    "start_tag": 0.0,
    "finish_tag": 10.0,
    "overtaken": False,
    "bound_until": 0.0,
    "epoch": 0,
    "losses": 0,
    "takeovers": 0,
    "created_at": 1.7e9,
}


def newest() -> str:
    """The revision that the migrations lead to."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


async def make_older(database_url: str) -> None:
    """A ledger of the first revision, in which a job waits, a limit is set and a cost was learned."""

    def fill(connection: Connection) -> None:
        _upgrade(connection, FIRST)
        rows: Mapping[str, Mapping[str, object]] = {
            "jobs": _WAITING,
            "limits": {"guild_id": GUILD, "role_id": 5, "queued": 3},
            "costs": {"workflow": "text_to_image", "size_class": 20, "server": "", "recent": [4.0, 5.0]},
        }
        for name, row in rows.items():
            connection.execute(insert(Table(name, MetaData(), autoload_with=connection)).values(**row))

    database = Database.at(database_url)
    try:
        await database.transaction(fill, seconds=60)
    finally:
        await database.close()


async def make_at(database_url: str, revision: str) -> None:
    """An empty ledger of this revision."""
    database = Database.at(database_url)
    try:
        await database.transaction(lambda connection: _upgrade(connection, revision), seconds=60)
    finally:
        await database.close()


def _upgrade(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bot.ledger:migrations")
    return config
