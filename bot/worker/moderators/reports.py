"""Shows reported images to moderators, with a copy of the files, and keeps that message up to date.

One process does it for all. It reads everything from the ledger, so restarts lose nothing: a report that has no channel
yet waits for one, and a decision whose press was cut short is carried out here.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from bot.discord_limits import NONCE
from bot.ledger import DELETED, Case, Job, Ledger, poll
from bot.messages import (
    REPORT_DELETE_ID,
    Address,
    Attachment,
    Cause,
    Channels,
    NotNow,
    Rendered,
    Undeliverable,
    amend,
    copy_from_message,
    find_own,
    has_copy,
    names_of_files,
    place_of,
    post_or_bare,
    remove,
    render_report,
    unpack_files,
)
from bot.spool import Spool
from bot.translation import language_called, speaking
from bot.worker.moderators.channel import ModeratorsChannel
from bot.workflows import Library

log = logging.getLogger(__name__)

_AT_ONCE: Final = 20
_LOOK_SECONDS: Final = 10.0
"""The bell may miss changes."""
_PAUSE_SECONDS: Final = 0.5
"""Minimum pause between two looks, because the bell may ring without end."""
_GONE: Final = frozenset({Cause.NO_MESSAGE, Cause.NO_CHANNEL, Cause.NO_ACCESS})


class Reports:
    """`leads` says whether this process is the one that shows them."""

    def __init__(
        self, ledger: Ledger, channels: Channels, library: Library, spool: Spool, leads: Callable[[], bool]
    ) -> None:
        self._ledger = ledger
        self._channels = channels
        self._library = library
        self._spool = spool
        self._leads = leads
        self._channel = ModeratorsChannel(ledger)
        self._tried: set[str] = set()
        """Jobs whose images could not be copied: tried once by each process, while no channel is set."""

    async def run(self) -> None:
        """Show reports until cancelled."""
        bell, trouble = self._ledger.signals.bell, "could not send reports to the moderators"
        await poll(self._look, _LOOK_SECONDS, trouble, bell=bell, rest_seconds=_PAUSE_SECONDS)

    async def _look(self) -> None:
        if not self._leads():
            return
        for case, job in await self._ledger.reports.stale(_AT_ONCE, await self._channel.resting()):
            if not self._channel.rests(case.guild_id):
                await self._show(case, job)
        for _case, job in await self._ledger.reports.uncopied(_AT_ONCE, self._tried):
            self._tried.add(job.id)
            await copy_from_message(self._channels.client, self._ledger, self._spool, job)

    async def _show(self, case: Case, job: Job) -> None:
        try:
            if case.decision == DELETED and job.deleted_by is None and not await self._deleted(case, job):
                return
            if case.message_id is not None and case.channel_id is not None:
                await self._amend(case, job, case.channel_id, case.message_id)
            elif case.decision is None:
                await self._post(case, job)
        except (Undeliverable, NotNow) as fault:
            await self._channel.refused(case.guild_id, fault)
            return
        if case.decision is not None:
            await self._ledger.reports.close(job.id)

    async def _deleted(self, case: Case, job: Job) -> bool:
        """Delete the images as moderators decided. False if Discord refuses it, so the report is open again."""
        by = case.decided_by or 0
        try:
            await remove(self._channels, Address.of(job))
        except Undeliverable as fault:
            log.warning("job %s: could not delete its reported images: %s", job.id, fault)
            await self._ledger.reports.reopen(job.id, case.guild_id, by)
            return False
        await self._ledger.deleted(job.id, by=by, place=place_of(job))
        await self._ledger.grids.deleted_with(job, by=by)
        return True

    async def _amend(self, case: Case, job: Job, channel_id: int, message_id: int) -> None:
        try:
            copied = has_copy(await names_of_files(self._channels, channel_id, message_id))
            await amend(self._channels, channel_id, message_id, await self._rendered(case, job, None, copied=copied))
        except Undeliverable as fault:
            if fault.cause not in _GONE:
                raise
            log.info("job %s: the message about its report is gone: %s", job.id, fault)
            if case.decision is None:
                await self._ledger.reports.lost(job.id)
            return
        await self._ledger.reports.shown(case, channel_id, message_id, copied=False)

    async def _post(self, case: Case, job: Job) -> None:
        """Send the report to the moderators, unless an earlier try has done so."""
        channel_id = await self._channel.of(case.guild_id)
        if channel_id is None:
            return
        if case.channel_id is not None:
            button = REPORT_DELETE_ID.format(job_id=job.id)
            message_id = await find_own(self._channels.client, case.channel_id, button)
            if message_id is not None:
                await self._ledger.reports.shown(case, case.channel_id, message_id, copied=True)
                return
        files = await self._copy(job)
        await self._ledger.reports.begin(job.id, channel_id)
        message_id, copied = await self._send(case, job, channel_id, files)
        await self._ledger.reports.shown(case, channel_id, message_id, copied=copied)

    async def _send(self, case: Case, job: Job, channel_id: int, files: list[Attachment]) -> tuple[int, bool]:
        """Returns the id of the message, and whether it has a copy of the images."""
        rendered = await self._rendered(case, job, files, copied=bool(files))
        bare = await self._rendered(case, job, [], copied=False, attach=False)
        nonce = f"re{len(files)}-{job.id.replace('-', '')}"[:NONCE]
        message_id, attached = await post_or_bare(self._channels, channel_id, rendered, bare, nonce)
        return message_id, attached and bool(files)

    async def _copy(self, job: Job) -> list[Attachment]:
        """The copy of a job's images, made now if nobody has made one. Empty if that is not possible."""
        reports = self._ledger.reports
        packed = await reports.copy(job.id)
        if packed is None and job.deleted_by is None:
            await copy_from_message(self._channels.client, self._ledger, self._spool, job)
            packed = await reports.copy(job.id)
        return [] if packed is None else await asyncio.to_thread(unpack_files, packed)

    async def _rendered(
        self, case: Case, job: Job, files: list[Attachment] | None, *, copied: bool, attach: bool = True
    ) -> Rendered:
        reporters = await self._ledger.reports.reporters(job.id, case.guild_id)
        with speaking(language_called(await self._ledger.rules.language(case.guild_id))):
            title = self._library.title_of(job.workflow)
            return render_report(job, title, reporters, files, case, copied=copied, attach=attach)
