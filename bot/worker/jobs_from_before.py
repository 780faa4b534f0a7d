"""What becomes of the jobs that a server had before it was unreachable."""

from typing import Final

from bot.comfyui import Place, Server
from bot.concurrency import first_set
from bot.errors import Refused, Untraceable
from bot.ledger import JobState, Ledger
from bot.worker.placement.placement import Placement

_AGAIN_SECONDS: Final = 0.5
_BELIEVED_SECONDS: Final = 1.0
"""How old a look at the server's queue may be."""
_OVER: Final = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


async def until_jobs_located(server: Server, placement: Placement, ledger: Ledger) -> None:
    """Return once every job on the server was found there, or is known to be lost and back in the queue. Before that,
    later jobs could overtake it. Raises `Unreachable`.
    """
    for job_id in tuple(placement.slots):
        while (slot := placement.slots.get(job_id)) is not None and await _is_missing(server, slot.job.prompt_id):
            bell = ledger.signals.bell()
            await first_set(bell, seconds=_AGAIN_SECONDS)


async def _is_missing(server: Server, prompt_id: str) -> bool:
    try:
        return await server.locate(prompt_id) is Place.UNKNOWN
    except (Refused, Untraceable):
        # The job's own task finds out what is wrong with its prompt.
        return False


async def stop_strays(server: Server, strays: set[str], ledger: Ledger) -> None:
    """Cancel jobs that ended, or moved to another server, while this one was unreachable. Waiting ones may run here
    again. Raises `Unreachable`.
    """
    for job_id in tuple(strays):
        job = await ledger.job(job_id)
        if job is None or job.state is not JobState.QUEUED:
            await server.cancel(job_id if job is None else job.prompt_id)
        strays.discard(job_id)
    # An earlier process may have left more of them. Those of jobs that are not over may be on this server by any name.
    queue = await server.queue(_BELIEVED_SECONDS)
    there = () if queue is None else (*queue.running, *queue.pending)
    for prompt_id in await ledger.own_prompts(there) if there else ():
        job = await ledger.job(prompt_id)
        if job is not None and job.state in _OVER:
            await server.cancel(prompt_id)
