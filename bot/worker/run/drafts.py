"""Stages that are ready while a run goes on: the newest stands in its message meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.errors import ComfyError, SpoolFailed
from bot.messages import Attachment, Draft
from bot.worker.files.downloads import Collected, Collecting
from bot.workflows import OutputFile, Pack, Picked

log = logging.getLogger(__name__)

Packing = Callable[[Sequence[Collected]], Awaitable[tuple[list[Attachment], list[str]]]]

_SHOWN: Final = 4
"""Pictures of a stage; the rest comes at the end."""


class Drafts:
    """Of one run. `changed` is called when there is a new one to show; `packed` makes attachments of files."""

    def __init__(self, pack: Pack, collecting: Collecting, packed: Packing, changed: Callable[[], None]) -> None:
        self._pack = pack
        self._collecting = collecting
        self._packed = packed
        self._changed = changed
        self._awaited = set(pack.outputs.stages)
        self._draft: Draft | None = None
        self._task: asyncio.Task[None] | None = None

    def ready(self, node_id: str, files: Sequence[OutputFile]) -> None:
        """A node has left these files. What is final, or comes last, is about to be shown as the result anyway."""
        caption = self._pack.outputs.stages.get(node_id)
        self._awaited.discard(node_id)
        if caption is None or not files or not self._awaited or caption == self._pack.outputs.final:
            return
        self.close()
        picked = [Picked(file, caption) for file in files[:_SHOWN]]
        self._task = asyncio.create_task(self._prepare(caption, picked), name=f"draft {caption}")

    def take(self) -> Draft | None:
        """The newest draft; its files only the first time, since an edit without files leaves those that are there."""
        draft = self._draft
        if draft is not None:
            self._draft = replace(draft, files=None)
        return draft

    def close(self) -> None:
        """Prepare nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _prepare(self, caption: str, picked: Sequence[Picked]) -> None:
        try:
            files, _ = await self._packed(await self._collecting.fetched(picked))
        except (ComfyError, SpoolFailed) as fault:
            log.info("could not show the draft %s: %s", caption, fault)
            return
        if files:
            self._draft = Draft(caption, tuple(files))
            self._changed()
