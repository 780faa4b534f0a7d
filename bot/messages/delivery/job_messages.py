"""The writers of all jobs under way in a process."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import discord

from bot.ledger import Job, JobState
from bot.messages.delivery.edits import Address
from bot.messages.delivery.job_message import JobMessage
from bot.messages.requests.channels import Channels

_MOMENT_SECONDS: Final = 1.0
"""Less than Discord waits for an answer to a command. An upload may take longer: it is not shown yet either."""


class JobMessages:
    """The writers of all jobs under way in this process, one each."""

    def __init__(self, channels: Channels) -> None:
        self.channels = channels
        self._messages: dict[str, JobMessage] = {}

    @property
    def client(self) -> discord.Client:
        """What the messages are written with."""
        return self.channels.client

    def at(self, job_id: str, address: Address) -> JobMessage:
        """The writer of a job that is about to be accepted and whose reply will be at `address`."""
        return self._messages.setdefault(job_id, JobMessage(self.channels, job_id, address))

    def of(self, job: Job) -> JobMessage:
        """The writer of a job's message."""
        known = self._messages.get(job.id)
        if known is None:
            claimed_before = job.epoch > (job.state is JobState.RUNNING)
            unread = claimed_before or job.message_id is None
            known = self._messages[job.id] = JobMessage(self.channels, job.id, Address.of(job), unread=unread)
        known.found(job.message_id)
        return known

    def knows(self, job_id: str) -> bool:
        """Whether this process has a writer for it."""
        return job_id in self._messages

    def forget(self, job_id: str) -> None:
        """The job is over; its last state has been shown."""
        if message := self._messages.pop(job_id, None):
            message.forgotten.set()

    async def written_down(self, user_id: int) -> None:
        """Return once the ledger knows of every job of this member whose last state Discord may show already, or after
        a moment: it hears of it right after Discord.
        """
        ending = [message for message in self._messages.values() if message.user_id == user_id and message.ending]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MOMENT_SECONDS):
                for message in ending:
                    await message.forgotten.wait()

    async def close(self) -> None:
        """Show nothing more of any job."""
        # Whoever ends meanwhile forgets his own.
        for message in list(self._messages.values()):
            await message.close()
