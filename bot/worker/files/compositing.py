"""Puts generated parts into their original, for a job that changes only a part of an image."""

import asyncio
import logging

from bot.conversions import Conversions
from bot.ledger import Shelf
from bot.spool import Box, Content
from bot.workflows import Composite

log = logging.getLogger(__name__)


class Compositor:
    """The original of one job, fetched from the shelf for the first result."""

    def __init__(self, composite: Composite, shelf: Shelf, box: Box, conversions: Conversions) -> None:
        self._composite = composite
        self._shelf = shelf
        self._box = box
        self._conversions = conversions
        self._fetching = asyncio.Lock()
        self._files: tuple[Content, Content] | None = None

    async def put(self, result: Content) -> Content | None:
        """A PNG of the original with the result in place of its masked part. None if that is impossible, as with a
        video. The same files always give the same PNG. Raises `SpoolFailed` or `LedgerAway`.
        """
        async with self._fetching:
            if self._files is None:
                self._files = await self._fetched()
        if self._files is None:
            return None
        return await self._conversions.composite(self._box, *self._files, result)

    async def _fetched(self) -> tuple[Content, Content] | None:
        found: list[Content] = []
        for file_id in (self._composite.original, self._composite.mask):
            async with self._box.spool.heavy:
                content = await self._shelf.file(file_id)
                if content is None:
                    log.warning("an original or its mask is no longer stored, so its result stays as it is")
                    return None
                found.append(await self._box.put(content))
        return found[0], found[1]
