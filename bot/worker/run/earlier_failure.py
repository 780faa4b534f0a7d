"""Why a job failed whose message shows that already: the worker that knew died before the ledger did."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from bot.comfyui import Server, cause_of, details_of
from bot.errors import ComfyError
from bot.ledger import Job, JobState

log = logging.getLogger(__name__)

_ANSWER_SECONDS: Final = 10.0
"""The job ends anyway, and others wait for this server."""


async def said_earlier(
    server: Server, job: Job, state: JobState
) -> tuple[str | None, str | None, Mapping[str, str] | None]:
    """The reason, the cause and the failure in full, as the server still has them. All None if it says nothing."""
    if state is not JobState.FAILED:
        return None, None, None
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            finished = await server.outcome(job.prompt_id)
    except (ComfyError, TimeoutError) as fault:
        log.info("job %s: its server does not say any more why it failed: %s", job.id, fault)
        return None, None, None
    error = None if finished is None else finished.error
    return (None, None, None) if error is None else (None, cause_of(error), details_of(error))
