"""Links to the bot's own web page: what each is for, and that each is good for one job.

The links themselves are signed, and the key for that is here too: all processes with one database accept each other's
links, and a restart keeps them valid.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update
from sqlalchemy.engine import Connection

from bot.errors import LinkUsed
from bot.ledger.database.dialects import DAY_SECONDS, add_unless_there, now
from bot.ledger.database.schema import JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import JobState
from bot.ledger.links.tables import KEYS, LINKS

_KEY: Final = "links"
_KEPT_DAYS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link for one member to one image, which is at the address `image` and comes from the job `source_id`, to run
    `workflow` with these `values`.

    `token` is that of the interaction that asked for the link: the job's message will be one of its follow-ups, seen by
    the member alone if it is `private`. `upload_limit` is in bytes per file. `language` is the code of what the member
    reads on Discord; None: not known.
    """

    id: str
    user_id: int
    guild_id: int | None
    channel_id: int
    channel_visible: bool
    application_id: int
    token: str
    upload_limit: int
    private: bool
    spoiler: bool
    workflow: str
    values: Mapping[str, object]
    image: str
    source_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(NewLink):
    """A stored link. `created_at` is in seconds since 1970. `file_id` is where its image is on the shelf, once it was
    shown. `used`: a job was accepted through it.
    """

    created_at: float
    file_id: str | None
    used: bool


class Links:
    """The links in the ledger's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def key(self) -> str:
        """The key that signs the links of all processes with this database. Made at its first use."""

        def read(connection: Connection) -> str:
            add_unless_there(connection, KEYS, name=_KEY, secret=secrets.token_hex(32))
            return str(connection.execute(select(KEYS.c.secret).where(KEYS.c.name == _KEY)).scalar_one())

        return await self._database.transaction(read)

    async def keep(self, link: NewLink) -> None:
        """Store a link that is about to be handed out."""
        values = {name: getattr(link, name) for name in _GIVEN}
        await self._database.transaction(
            lambda connection: connection.execute(insert(LINKS).values(created_at=now(), **values))
        )

    async def link(self, link_id: str) -> Link | None:
        """The link with this id; None if there is none any more."""
        used = LINKS.c.job_id.is_not(None) & ~_failed()
        given = (LINKS.c[name] for name in _GIVEN)
        statement = select(*given, LINKS.c.created_at, LINKS.c.file_id, used).where(LINKS.c.id == link_id)
        row = await self._database.transaction(lambda connection: connection.execute(statement).one_or_none())
        return None if row is None else Link(**dict(zip((*_GIVEN, "created_at", "file_id", "used"), row, strict=True)))

    async def shown(self, link_id: str, file_id: str) -> None:
        """Record where the link's image is on the shelf."""
        statement = update(LINKS).where(LINKS.c.id == link_id).values(file_id=file_id)
        await self._database.transaction(lambda connection: connection.execute(statement))

    async def prune(self) -> None:
        """Delete the links that have long expired."""
        old = delete(LINKS).where(LINKS.c.created_at < now() - _KEPT_DAYS * DAY_SECONDS)
        await self._database.transaction(lambda connection: connection.execute(old))


def use_link(connection: Connection, link_id: str, job_id: str) -> None:
    """Use a link up for a job, in the transaction that accepts the job. Raises `LinkUsed`."""
    # Of two transactions at once, the second waits for the first, then finds the link used.
    free = or_(LINKS.c.job_id.is_(None), _failed())
    used = update(LINKS).where(LINKS.c.id == link_id, free).values(job_id=job_id)
    if not connection.execute(used).rowcount:
        raise LinkUsed


def _failed() -> ColumnElement[bool]:
    """Whether the job of a link was withdrawn before anybody saw it: the link is good for another try then."""
    over = JOBS.c.state.in_([JobState.CANCELLED, JobState.FAILED])
    return exists().where(JOBS.c.id == LINKS.c.job_id, over, JOBS.c.message_id.is_(None))


_GIVEN: Final = tuple(NewLink.__dataclass_fields__)
