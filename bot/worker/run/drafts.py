"""Drafts: files of early stages, shown in the message while the run continues."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.errors import ComfyError, SpoolFailed
from bot.messages import Attachment, Draft
from bot.worker.files.downloads import Collected, Downloads
from bot.workflows import OutputFile, Pack, Picked

log = logging.getLogger(__name__)

Packing = Callable[[Sequence[Collected]], Awaitable[tuple[list[Attachment], list[str]]]]

_SHOWN: Final = 4
"""Files shown of a stage. The rest comes with the result."""


class Drafts:
    """The drafts of one run. `changed` is called when there is a new one; `packed` turns files into attachments."""

    def __init__(self, pack: Pack, downloads: Downloads, packed: Packing, changed: Callable[[], None]) -> None:
        self._pack = pack
        self._downloads = downloads
        self._packed = packed
        self._changed = changed
        self._awaited = set(pack.outputs.stages)
        self._draft: Draft | None = None
        self._task: asyncio.Task[None] | None = None

    def ready(self, node_id: str, files: Sequence[OutputFile]) -> None:
        """A node has finished these files. Final or last stages are no drafts, because the result shows them soon."""
        caption = self._pack.outputs.stages.get(node_id)
        self._awaited.discard(node_id)
        if caption is None or not files or not self._awaited or caption == self._pack.outputs.final:
            return
        self.close()
        picked = [Picked(file, caption) for file in files[:_SHOWN]]
        self._task = asyncio.create_task(self._prepare(caption, picked), name=f"draft {caption}")

    def take(self) -> Draft | None:
        """The newest draft. It has files only once, because an edit without files keeps those of the message."""
        draft = self._draft
        if draft is not None:
            self._draft = replace(draft, files=None)
        return draft

    def close(self) -> None:
        """Stop preparing drafts."""
        if self._task is not None:
            self._task.cancel()

    async def _prepare(self, caption: str, picked: Sequence[Picked]) -> None:
        try:
            files, _ = await self._packed(await self._downloads.fetched(picked))
        except (ComfyError, SpoolFailed) as fault:
            log.info("could not show the draft %s: %s", caption, fault)
            return
        if files:
            self._draft = Draft(caption, tuple(files))
            self._changed()
