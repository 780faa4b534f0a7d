"""Asks the operator's own command whether somebody else needs the GPU (BUSY_COMMAND)."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from bot.operating_system.exit_codes import BUSY_SECONDS, exit_code

log = logging.getLogger(__name__)


_TROUBLE_SECONDS: Final = 60.0
"""How often a command that does not work is tried again. Otherwise each claim would wait for it to time out."""


class BusyCommand:
    """`words` is the command, which no shell reads; empty: nobody else ever needs the GPU. `environment` is
    its whole environment.
    """

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], answer_seconds: float = BUSY_SECONDS
    ) -> None:
        self._words = words
        self._environment = environment
        self._answer_seconds = answer_seconds
        self._lock = asyncio.Lock()
        self._asked_at: float | None = None
        self._busy = False
        self._trouble: str | None = None

    async def is_busy(self, fresh_seconds: float) -> bool:
        """Whether it exits 0; an answer younger than `fresh_seconds` is good enough. A command that cannot be started
        or does not end in time says nothing, so nobody is kept waiting for it.
        """
        if not self._words:
            return False
        clock = asyncio.get_running_loop().time
        async with self._lock:
            fresh = fresh_seconds if self._trouble is None else _TROUBLE_SECONDS
            if self._asked_at is None or clock() - self._asked_at >= fresh:
                # The answer may take seconds: it is as old as the question.
                self._asked_at = clock()
                self._busy = await self._ask()
        return self._busy

    async def _ask(self) -> bool:
        trouble = None
        try:
            code = await exit_code(self._words, self._environment, self._answer_seconds)
        except TimeoutError:
            code, trouble = None, f"it did not end within {self._answer_seconds:.0f} s"
        except OSError as fault:
            code, trouble = None, f"it cannot be started: {fault.strerror or fault}"
        if trouble is not None and trouble != self._trouble:
            log.warning("BUSY_COMMAND: %s; the GPU counts as free", trouble)
        self._trouble = trouble
        return code == 0
