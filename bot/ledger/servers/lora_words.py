"""The trigger words of LoRAs, as workers read them from their servers: gateways cannot ask those themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import DAY_SECONDS, now, put
from bot.ledger.database.style_tables import LORA_WORDS
from bot.ledger.database.transactions import Database

_FRESH_SECONDS: Final = 7 * DAY_SECONDS
"""A file may have been replaced by another of the same name."""


class LoraWords:
    """Words by the name of the file, with forward slashes. "" means that the file has none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fresh(self) -> frozenset[str]:
        """The LoRAs whose words were read lately."""
        statement = select(LORA_WORDS.c.name).where(LORA_WORDS.c.read_at > now() - _FRESH_SECONDS)
        rows = await self._database.transaction(lambda connection: connection.scalars(statement).all())
        return frozenset(rows)

    async def of(self, names: Collection[str]) -> Mapping[str, str]:
        """The words of those LoRAs that have any."""
        statement = select(LORA_WORDS.c.name, LORA_WORDS.c.words).where(
            LORA_WORDS.c.name.in_(names), LORA_WORDS.c.words != ""
        )
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return {name: words for name, words in rows}  # noqa: C416 - rows are no tuples

    async def keep(self, words: Mapping[str, str]) -> None:
        """Store the words of these LoRAs, in place of earlier ones."""

        def write(connection: Connection) -> None:
            # Sorted, so that two workers that store the same rows at once never wait for each other in a circle.
            for name in sorted(words):
                put(connection, LORA_WORDS, {"name": name}, {"words": words[name], "read_at": now()})

        await self._database.transaction(write)
