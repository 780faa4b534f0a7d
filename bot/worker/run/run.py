"""Everything that one run of a job needs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.comfyui import NodeTimes, Server
from bot.conversions import Conversions
from bot.ledger import Job, Ledger
from bot.messages import JobMessage
from bot.settings import Settings
from bot.spool import Box
from bot.worker.files.image_check import Judge
from bot.worker.placement.slot import Slot
from bot.worker.sockets.streams import Streams
from bot.workflows import Library, Pack, Substitution


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A job, its pack, the server it runs on, and the message that shows it."""

    settings: Settings
    job: Job
    pack: Pack
    library: Library
    server: Server
    streams: Streams
    ledger: Ledger
    message: JobMessage
    confirmed: Callable[[], Awaitable[None]]
    """Returns once it is certain that nobody else has taken the job over."""
    judge: Judge
    submitted: asyncio.Event
    """Set once the server may have a prompt of the job."""
    slot: Slot
    box: Box
    """Where the job's files wait until they are delivered."""
    conversions: Conversions
    node_times: NodeTimes
    """How long nodes take on the servers of this process."""
    substituted: list[Substitution] = field(default_factory=list)
    """What the submitted graph has in place of models that its server lacked. Empty if an earlier run submitted it: the
    server may have got models since.
    """
