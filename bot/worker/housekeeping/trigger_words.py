"""Reads the trigger words of the LoRAs on this process's servers into the ledger, a few at a time."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from typing import Final

from bot.comfyui import Server
from bot.errors import Busy, LockedOut, Unreachable
from bot.ledger import Ledger, poll
from bot.workflows import Library, ObjectInfo
from bot.workflows.graphs.file_names import folded
from bot.workflows.loras.trigger_words import trigger_words

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 30.0
_REST_SECONDS: Final = 2.0
"""Between two rounds, however often something changes."""
_AGAIN_SECONDS: Final = 86_400.0
"""Files may be replaced by others of the same name."""
_AT_ONCE: Final = 40
"""LoRAs that one server is asked about in a round, one after the other: each makes it read a file's beginning."""
_MOST: Final = 5000
"""LoRAs of a server; the rest have no words."""
_LOADERS: Final = (("LoraLoader", "lora_name"), ("LoraLoaderModelOnly", "lora_name"))


class TriggerWords:
    """Asks only servers that have answered, and never again for a LoRA that was read lately."""

    def __init__(self, ledger: Ledger, library: Library, servers: Sequence[Server]) -> None:
        self._ledger = ledger
        self._library = library
        self._servers = servers
        self._done: dict[str, tuple[ObjectInfo, float]] = {}
        """What each server offered when all of its LoRAs had been read, and when that was (monotonic seconds)."""

    async def run(self) -> None:
        """Look for new LoRAs until cancelled."""
        if self._servers:
            trouble = "could not read the trigger words of LoRAs"
            await poll(self._look, _LOOK_SECONDS, trouble, bell=self._ledger.signals.bell, rest_seconds=_REST_SECONDS)

    async def _look(self) -> None:
        for server in self._servers:
            info = self._library.infos.get(server.name)
            known, at = self._done.get(server.name, (None, -math.inf))
            if info is not None and (info is not known or time.monotonic() - at > _AGAIN_SECONDS):
                await self._read(server, info)

    async def _read(self, server: Server, info: ObjectInfo) -> None:
        fresh = await self._ledger.lora_words.fresh()
        new = [name for name in _loras(info) if folded(name) not in fresh]
        found: dict[str, str] = {}
        try:
            for name in new[:_AT_ONCE]:
                found[folded(name)] = await _words(server, name)
            if len(new) <= _AT_ONCE:
                self._done[server.name] = info, time.monotonic()
        except Unreachable as fault:
            # The server's own loop reports that. The words come when it is back.
            log.debug("%s: trigger words not read: %s", server.url, fault.reason)
        if found:
            await self._ledger.lora_words.keep(found)


def _loras(info: ObjectInfo) -> list[str]:
    specs = [info.input(*loader) for loader in _LOADERS]
    names = {name for spec in specs if spec is not None for name in (spec.choices or ())}
    return sorted(name for name in names if name.endswith(".safetensors"))[:_MOST]


async def _words(server: Server, name: str) -> str:
    """Raises `Unreachable` if the server does not answer."""
    try:
        metadata = await server.lora_metadata(name)
    except (Busy, LockedOut):
        raise
    except Unreachable as fault:
        if not fault.answered:
            raise
        return ""  # The file's metadata makes no sense.
    return "" if metadata is None else trigger_words(metadata)
