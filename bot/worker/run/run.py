"""What a job needs to run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.comfyui import ComfyUI, NodeTimes
from bot.conversions import Conversions
from bot.ledger import Job, Ledger
from bot.messages import JobMessage
from bot.spool import Box
from bot.worker.files.image_check import Judge
from bot.worker.placement.slot import Slot
from bot.worker.sockets.streams import Streams
from bot.workflows import Library, Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a job needs to run: itself, its pack, where it runs and where it is shown."""

    job: Job
    pack: Pack
    library: Library
    server: ComfyUI
    streams: Streams
    ledger: Ledger
    message: JobMessage
    embedded_graph: str
    """What goes out with PNGs: keep, recipe or strip."""
    confirmed: Callable[[], Awaitable[None]]
    """Returns once it is certain that nobody else has taken the job over."""
    judge: Judge
    submitted: asyncio.Event
    """Set once the server may have a prompt of the job."""
    slot: Slot
    box: Box
    """Where its files wait until they are delivered."""
    conversions: Conversions
    node_times: NodeTimes
    """What nodes take on the servers of this process."""
