"""The one writer of a job's message: progress is coalesced, the last state always lands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import discord

from bot.ledger import Job
from bot.messages.delivery import Address, NotNow, Undeliverable, edit
from bot.messages.rendering import Rendered

log = logging.getLogger(__name__)

PACE_SECONDS: Final = 1.2
"""Discord lets about five edits through in five seconds, for all messages of a channel together."""
_RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class JobMessage:
    """The message of one job. Whoever sends to Discord for this job holds `lock` while the request is on its way,
    so that what was sent last is what stays.
    """

    def __init__(self, client: discord.Client, job_id: str, address: Address) -> None:
        self.lock = asyncio.Lock()
        self._client = client
        self._job_id = job_id
        self._address = address
        self._pending: Callable[[], Rendered] | None = None
        self._shown: Rendered | None = None
        self._pump: asyncio.Task[None] | None = None
        self._next_at = 0.0
        self._over = False

    def acknowledged(self, message_id: int, rendered: Rendered) -> None:
        """The reply is there, has this number and shows `rendered`."""
        self._address = replace(self._address, message_id=message_id)
        self._shown = rendered
        self._next_at = asyncio.get_running_loop().time() + PACE_SECONDS

    def show(self, render: Callable[[], Rendered]) -> None:
        """Show this soon, unless something newer comes before: `render` is called when its turn has come.

        Returns at once; failures are only logged.
        """
        if self._over:
            return
        self._pending = render
        if self._pump is None:
            self._pump = asyncio.create_task(self._send_newest(), name=f"message of {self._job_id}")

    async def finish(self, rendered: Rendered) -> None:
        """Show the last state. Returns when Discord has it; raises `Undeliverable` when it never will."""
        self._over = True
        for pause in (*_RETRY_SECONDS, None):
            try:
                async with self.lock:
                    if self._pump is not None:  # it waits for its turn, or for this lock: nothing of it is on its way
                        self._pump.cancel()
                    await edit(self._client, self._address, rendered)
            except NotNow as fault:
                if pause is None:
                    raise Undeliverable(str(fault)) from fault
                log.warning("job %s: the last message did not go through yet: %s", self._job_id, fault)
                await asyncio.sleep(pause)
            else:
                return

    async def close(self) -> None:
        """Show nothing more."""
        self._over = True
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    async def _send_newest(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._pending is not None:
                await asyncio.sleep(self._next_at - loop.time())
                await self._send()
        finally:
            self._pump = None

    async def _send(self) -> None:
        async with self.lock:
            render, self._pending = self._pending, None
            if self._over or render is None:
                return
            rendered = render()
            if rendered == self._shown:
                return
            self._next_at = asyncio.get_running_loop().time() + PACE_SECONDS
            try:
                await edit(self._client, self._address, rendered)
            except (Undeliverable, NotNow) as fault:
                log.info("job %s: progress was not shown: %s", self._job_id, fault)
            else:
                self._shown = rendered


class JobMessages:
    """The writers of all jobs under way in this process, one each."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._messages: dict[str, JobMessage] = {}

    def at(self, job_id: str, address: Address) -> JobMessage:
        """The writer of a job that is about to be accepted and whose reply will be at `address`."""
        return self._messages.setdefault(job_id, JobMessage(self._client, job_id, address))

    def of(self, job: Job) -> JobMessage:
        """The writer of a job's message."""
        return self.at(job.id, Address.of(job))

    def forget(self, job_id: str) -> None:
        """The job is over; its last state has been shown."""
        self._messages.pop(job_id, None)

    async def close(self) -> None:
        """Show nothing more of any job."""
        for message in self._messages.values():
            await message.close()
