"""The message writers of all active jobs in a process."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import discord

from bot.ledger import Job, JobState
from bot.messages.delivery.edits import Address
from bot.messages.delivery.job_message import Hold, JobMessage
from bot.messages.rendering.rendered import Rendered
from bot.messages.requests.channels import Channels

_MOMENT_SECONDS: Final = 1.0
"""Less time than Discord allows for answering a command. A job whose upload takes longer is not visible yet anyway."""


class JobMessages:
    """One message writer for each active job in this process."""

    def __init__(self, channels: Channels) -> None:
        self.channels = channels
        self._messages: dict[str, JobMessage] = {}

    @property
    def client(self) -> discord.Client:
        """The client that writes the messages."""
        return self.channels.client

    def at(self, job_id: str, address: Address) -> JobMessage:
        """The writer for a job that is about to be accepted, with its reply at `address`."""
        return self._messages.setdefault(job_id, JobMessage(self.channels, job_id, address))

    def of(self, job: Job) -> JobMessage:
        """The writer for a job's message."""
        known = self._messages.get(job.id)
        if known is None and job.grid_id is not None:
            known = self._messages[job.id] = _CellMessage(self.channels, job.id, Address.of(job))
        elif known is None:
            claimed_before = job.epoch > (job.state is JobState.RUNNING)
            unread = claimed_before or job.message_id is None
            known = self._messages[job.id] = JobMessage(self.channels, job.id, Address.of(job), unread=unread)
        known.found(job.message_id)
        return known

    def knows(self, job_id: str) -> bool:
        """Whether this process has a writer for it."""
        return job_id in self._messages

    def forget(self, job_id: str) -> None:
        """Drop the writer of a job that is over and whose final state was shown."""
        if message := self._messages.pop(job_id, None):
            message.forgotten.set()

    async def written_down(self, user_id: int) -> None:
        """Wait briefly until the ledger has recorded those of this member's jobs whose results Discord may already
        show: a result is recorded right after it is shown.
        """
        ending = [message for message in self._messages.values() if message.user_id == user_id and message.ending]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MOMENT_SECONDS):
                for message in ending:
                    await message.forgotten.wait()

    async def close(self) -> None:
        """Stop updating all messages."""
        # A copy: jobs that end in the meantime remove their own writers.
        for message in list(self._messages.values()):
            await message.close()


class _CellMessage(JobMessage):
    """The writer of a cell's message, which it does not have: the sheet of its grid shows it and has its own writer.

    Code that runs a cell, holds it or cancels it finds the same writer as for every job, which sends nothing.
    What the sheet shows is read from the ledger, so the end of a cell is shown once the ledger has it.
    """

    def show(self, render: Callable[[], Rendered], hold: Hold | None = None) -> None:
        """Nothing: progress of single cells is not shown."""

    async def read(self) -> None:
        """Nothing: there is no message that could show an end."""

    async def find_end(self) -> None:
        """None: nobody sends the result of a cell on its own."""

    async def part(self, rendered: Rendered) -> None:
        """Nothing: the sheet says where it goes."""

    async def finish(self, _: Rendered, confirmed: Callable[[], Awaitable[None]] | None = None) -> None:
        """Nothing, once it is certain that no other process has taken over the job."""
        self._over = True
        if confirmed is not None:
            await confirmed()
