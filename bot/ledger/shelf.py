"""What members and administrators gave the bot to keep: input images for jobs, workflows for their guild."""

import hashlib
import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Delete, Insert, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.errors import LimitReached
from bot.ledger.database.dialects import lock_guild, notify
from bot.ledger.database.schema import FILES, JOBS, WORKFLOWS
from bot.ledger.database.transactions import Database
from bot.ledger.moderation.audit import Entry, write_entry
from bot.ledger.shares.usage import disk_of
from bot.ledger.signals import LOG, Signals
from bot.ledger.signals import WORKFLOWS as WORKFLOWS_CHANGED


@dataclass(frozen=True, slots=True)
class KeptWorkflow:
    """A guild's workflow. `graph` (JSON) and `manifest` (TOML) are None if the row only says whether a shared workflow
    is enabled here. A workflow that is not `live` waits for its administrator's confirmation.
    """

    guild_id: int
    name: str
    graph: str | None
    manifest: str | None
    live: bool
    enabled: bool
    added_by: int


class Shelf:
    """Files and workflows in the ledger's database.

    With an `entry`, the transaction that changes a workflow also writes it to the moderators' log.
    """

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals

    async def keep_file(self, content: bytes, guild_id: int | None = None, most: int | None = None) -> str:
        """Store some bytes, and return the id that finds them. The same bytes are stored once.

        Raises `LimitReached` if the files of the guild would take more than `most` bytes.
        """
        file_id = hashlib.sha256(content).hexdigest()
        values = {"id": file_id, "content": content, "created_at": time.time()}
        values |= {"guild_id": guild_id, "size": len(content)}

        def keep(connection: Connection) -> None:
            connection.execute(insert(FILES).values(values))
            if guild_id is not None and most is not None:
                lock_guild(connection, guild_id)
                # It counts already, and goes again with the transaction.
                if disk_of(connection, guild_id) > most:
                    raise LimitReached("guild_disk", most, None)

        try:
            await self._database.transaction(keep)
        except IntegrityError:
            again = update(FILES).where(FILES.c.id == file_id).values(created_at=time.time())
            await self._database.transaction(lambda connection: connection.execute(again))
        return file_id

    async def disk(self, guild_id: int) -> int:
        """How many bytes the files of a guild take."""
        return await self._database.transaction(lambda connection: disk_of(connection, guild_id))

    async def file(self, file_id: str) -> bytes | None:
        """The bytes stored under this id, or None."""
        statement = select(FILES.c.content).where(FILES.c.id == file_id)
        found: bytes | None = await self._database.transaction(lambda connection: connection.scalar(statement))
        return found

    async def keep_result(self, job_id: str, content: bytes) -> None:
        """Store a job's files that could not be sent to anybody, in place of earlier ones."""
        values = {"id": job_id, "content": content, "created_at": time.time(), "size": len(content)}

        def write(connection: Connection) -> None:
            values["guild_id"] = connection.scalar(select(JOBS.c.guild_id).where(JOBS.c.id == job_id))
            connection.execute(delete(FILES).where(FILES.c.id == job_id))
            connection.execute(insert(FILES).values(values))

        await self._database.persist(write)

    async def result(self, job_id: str) -> bytes | None:
        """The stored files of a job, or None."""
        return await self.file(job_id)

    async def keep_workflow(self, workflow: KeptWorkflow, entry: Entry | None = None) -> None:
        """Store a guild's workflow, in place of one with the same name."""
        values = {column: getattr(workflow, column) for column in _COLUMNS}
        await self._write_workflows(
            delete(WORKFLOWS).where(*_named(workflow.guild_id, workflow.name)),
            insert(WORKFLOWS).values(**values, added_at=time.time()),
            entry=entry,
        )

    async def workflows(self) -> tuple[KeptWorkflow, ...]:
        """All workflows of all guilds."""
        return await self._select()

    async def workflow(self, guild_id: int, name: str) -> KeptWorkflow | None:
        """A guild's workflow with this name, or None."""
        return next(iter(await self._select(*_named(guild_id, name))), None)

    async def drop_workflow(self, guild_id: int, name: str, entry: Entry | None = None) -> None:
        """Delete a guild's workflow."""
        await self._write_workflows(delete(WORKFLOWS).where(*_named(guild_id, name)), entry=entry)

    async def _select(self, *conditions: ColumnElement[bool]) -> tuple[KeptWorkflow, ...]:
        columns = [WORKFLOWS.c[name] for name in _COLUMNS]
        statement = select(*columns).where(*conditions).order_by(WORKFLOWS.c.guild_id, WORKFLOWS.c.name)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(KeptWorkflow(*row) for row in rows)

    async def _write_workflows(self, *statements: Insert | Delete, entry: Entry | None) -> None:
        def write(connection: Connection) -> None:
            for statement in statements:
                connection.execute(statement)
            notify(connection, WORKFLOWS_CHANGED)
            if entry is not None:
                write_entry(connection, entry)

        await self._database.transaction(write)
        self._signals.ring(LOG)


_COLUMNS = tuple(KeptWorkflow.__dataclass_fields__)


def _named(guild_id: int, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return WORKFLOWS.c.guild_id == guild_id, WORKFLOWS.c.name == name
