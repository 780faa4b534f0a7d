"""Tells members that their jobs are over, if they want to know. One process does it for all."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from bot.errors import LedgerAway
from bot.ledger import Ledger, Notice, poll
from bot.messages import Cause, Channels, NotNow, Undeliverable, post_notice, whisper_notice

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 10.0
_TOGETHER_SECONDS: Final = 2.0
"""Jobs of a member that end within this time share one message."""
_FORBIDDEN: Final = {Cause.NO_ACCESS, Cause.OUT_OF_REACH, Cause.ARCHIVED}
"""The bot may not post in the channel, so the owner gets a private message if a token still reaches them."""


class CompletionNotices:
    """`leads` says whether this process is the one that sends them. They never hold up anything else."""

    def __init__(self, ledger: Ledger, channels: Channels, leads: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._channels = channels
        self._leads = leads
        self._sending: dict[str, asyncio.Task[None]] = {}
        """The notices that wait for their turn, by their nonces."""

    async def run(self) -> None:
        """Send the notices as jobs end, until cancelled."""
        try:
            await poll(
                self._look,
                _LOOK_SECONDS,
                "could not tell members that their jobs are over",
                bell=self._ledger.signals.bell,
                rest_seconds=_TOGETHER_SECONDS,
            )
        finally:
            for task in self._sending.values():
                task.cancel()

    async def _look(self) -> None:
        if not self._leads():
            return
        for notice in await self._ledger.notices.take(self._sending.keys()):
            task = asyncio.create_task(self._send(notice), name=f"notice {notice.nonce}")
            self._sending[notice.nonce] = task
            task.add_done_callback(partial(self._sent, notice.nonce))

    def _sent(self, nonce: str, task: asyncio.Task[None]) -> None:
        del self._sending[nonce]
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("notice %s: unexpected error in the bot", nonce, exc_info=fault)

    async def _send(self, notice: Notice) -> None:
        job = notice.jobs[0]
        try:
            if job.private or not job.channel_visible or not await self._posted(notice):
                # Discord does not recognise a repeated whisper, so it is struck off first: rather lost than twice.
                await self._ledger.notices.settle(notice.nonce)
                await whisper_notice(self._channels.client, notice.jobs)
            else:
                await self._ledger.notices.settle(notice.nonce)
        except (NotNow, Undeliverable, LedgerAway) as fault:
            # What is still in the ledger is sent again for a while.
            log.info("job %s: could not tell its owner that it is over: %s", job.id, fault)

    async def _posted(self, notice: Notice) -> bool:
        """Whether the channel has the notice, or nobody is to get it. False: the bot may not post there."""
        try:
            await post_notice(self._channels, notice.jobs, notice.nonce)
        except Undeliverable as fault:
            log.info("job %s: could not reply to its message: %s", notice.jobs[0].id, fault)
            return fault.cause not in _FORBIDDEN
        return True
