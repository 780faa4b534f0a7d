"""Keeps the places in waiting jobs' messages up to date. One process does it for all."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from bot.ledger import Job, Ledger, Standing, poll
from bot.messages import (
    PARTING_SECONDS,
    Address,
    JobMessages,
    NotNow,
    TokenDead,
    Undeliverable,
    render_held,
    render_parting,
    render_paused,
    render_queued,
    tell_cancelled,
    whisper,
)
from bot.translation import N_, _, language_called, speaking
from bot.worker.housekeeping.waiting_reasons import waiting_reasons
from bot.workflows import Library

log = logging.getLogger(__name__)

_SHOWN: Final = 100
"""How many messages are kept up to date. Jobs further back are updated when they get here."""
_EXACT: Final = 10
"""Among these first places every change is shown. Further back it is every tenth, because Discord limits edits."""
_LOOK_SECONDS: Final = 10.0
"""The bell may miss changes."""
_PAUSE_SECONDS: Final = 0.25
"""Minimum pause between two looks, so that many changes cause one edit."""
_DRIFT_SECONDS: Final = 20.0
_DRIFT: Final = 0.25
"""An estimate is corrected once it is off by this share of the time left."""

_SMALL_PRINT: Final = "-# "
"""The reply to a request has some if it said why the job waits."""
_OUT_OF_SIGHT: Final = N_(
    "I can’t see this channel, so I can edit my reply for 15 minutes only. If your image takes longer, I’ll send it to "
    "you as a direct message. To be sure you get it, allow direct messages from members of this server."
)
_PRIVATE: Final = N_(
    "I can edit a private reply for 15 minutes only. If your image takes longer, I’ll send it to you as a direct "
    "message. To be sure you get it, allow direct messages from members of this server."
)


class QueuePositions:
    """The queue as members see it. `leads` says whether this process is the one that shows it, `limit` how much may be
    spent in a month, in millionths (None: there is no limit).
    """

    def __init__(
        self,
        ledger: Ledger,
        messages: JobMessages,
        library: Library,
        leads: Callable[[], bool],
        limit: int | None = None,
    ) -> None:
        self._ledger = ledger
        self._limit = limit
        # Between processes, locking a job's row decides who may edit its message; within one, the message's own lock.
        self._messages = JobMessages(messages.channels) if ledger.shared else messages
        self._library = library
        self._leads = leads
        self._shown: dict[str, Standing] | None = None
        """None if it is unknown what the messages show."""
        self._kept_back: set[str] = set()
        self._updating_cancelled: dict[str, asyncio.Task[None]] = {}
        self._cancelled_at = float("-inf")
        """When it last looked for them, by the event loop's clock."""

    async def run(self) -> None:
        """Update the messages until cancelled."""
        bell, trouble = self._ledger.signals.bell, "could not update queue positions"
        await poll(self._look, _LOOK_SECONDS, trouble, bell=bell, rest_seconds=_PAUSE_SECONDS)

    async def _look(self) -> None:
        if not self._leads():
            self._shown = None
            return
        await self._tell_cancelled()
        await self._show()
        await self._warn()

    async def _tell_cancelled(self) -> None:
        """The process that cancelled these jobs may have died before their messages showed it: before this one began
        to look after them, or since.
        """
        now = asyncio.get_running_loop().time()
        if self._shown is not None and (not self._ledger.shared or now < self._cancelled_at + _LOOK_SECONDS):
            return
        self._cancelled_at = now
        for job in await self._ledger.untold(None if self._shown is None else self._ledger.lease_seconds):
            if job.cancelled_by is not None and job.id not in self._updating_cancelled:
                task = asyncio.create_task(
                    tell_cancelled(self._messages, self._ledger, job, self._title(job), job.cancelled_by)
                )
                self._updating_cancelled[job.id] = task
                task.add_done_callback(partial(self._cancelled_updated, job.id))

    def _cancelled_updated(self, job_id: str, _: object) -> None:
        del self._updating_cancelled[job_id]

    async def _show(self) -> None:
        waiting = await self._ledger.line(_SHOWN)
        reasons = await waiting_reasons(self._ledger, self._library, self._limit, [job for job, _ in waiting])
        before = self._shown
        shown: dict[str, Standing] = {}
        for job, place in waiting:
            with speaking(language_called(job.language)):
                note = reasons.of(job)
                standing = place if reasons.over(job) is None else replace(place, ready_at=None)  # nothing is promised
                message = self._messages.of(job)
                known = (before or {}).get(job.id)
                new = known is None and job.id not in self._kept_back and not job.epoch and job.approved_by is None
                if new:
                    known = message.told
                unanswered = self._ledger.shared and job.message_id is None
                shown[job.id] = standing if known is None else known if unanswered else settled(known, standing)
                render = partial(render_queued, job, self._title(job), shown[job.id], note)
                if before is not None and new and known is None and note is None and not message.notes(_SMALL_PRINT):
                    # The reply to the request shows the same, or will in a moment.
                    if self._ledger.shared:
                        message.acknowledged(job.message_id, render())
                elif not unanswered:
                    message.show(render, partial(self._ledger.hold, job.id))
        left = {*(before or {}), *self._kept_back}
        self._kept_back = await self._show_kept_back()
        for job_id in left - shown.keys() - self._kept_back:
            if self._ledger.shared:
                # The worker that runs it now has its own writer for the message.
                self._messages.forget(job_id)
        self._shown = shown

    async def _show_kept_back(self) -> set[str]:
        """Show jobs without a place: held, or of a guild whose queue is paused. Returns their ids."""
        kept_back = await self._ledger.kept_back(_SHOWN)
        paused = await self._ledger.rules.paused() if kept_back else {}
        for job in kept_back:
            if job.held_by is not None:
                render = partial(render_held, job, self._title(job))
            else:
                guild = paused.get(job.guild_id or 0)
                if guild is None or guild.paused_by is None:
                    continue  # resumed meanwhile
                render = partial(render_paused, job, self._title(job), guild.paused_by, guild.pause_reason)
            if job.message_id is not None or not self._ledger.shared:
                self._messages.of(job).show(render, partial(self._ledger.hold, job.id))
        return {job.id for job in kept_back}

    async def _warn(self) -> None:
        """Warn owners whose messages will soon be out of reach, while the token still works."""
        for job in await self._ledger.unwarned(PARTING_SECONDS):
            # Warned first, stored second: after a crash, two warnings are better than none.
            with speaking(language_called(job.language)):
                warning = _(_PRIVATE if job.private else _OUT_OF_SIGHT)
            try:
                await self._part(job)
                await whisper(self._messages.client, Address.of(job), warning)
            except NotNow as fault:
                log.info("job %s: its owner is warned in the next round: %s", job.id, fault)
                continue
            except Undeliverable as fault:
                log.info("job %s: cannot warn its owner: %s", job.id, fault)
            await self._ledger.warned(job.id)

    async def _part(self, job: Job) -> None:
        """Remove bar and buttons from a message that nobody will be able to change."""
        written_here = self._messages.knows(job.id)
        try:
            await self._messages.of(job).part(render_parting(job, self._title(job)))
        except (TokenDead, Undeliverable) as fault:
            log.info("job %s: its message keeps what it shows: %s", job.id, fault)
        finally:
            if self._ledger.shared and not written_here:
                self._messages.forget(job.id)

    def _title(self, job: Job) -> str:
        return self._library.title_of(job.workflow)


def settled(shown: Standing, standing: Standing) -> Standing:
    """The place that is worth showing. Small changes far back, or of an estimate, are not worth an edit."""
    moved = _coarse(shown.ahead) != _coarse(standing.ahead) or _foreign_moved(shown, standing)
    return standing if moved or _drifted(shown.ready_at, standing.ready_at) else shown


def _coarse(ahead: int) -> int:
    return ahead if ahead < _EXACT else ahead // _EXACT * _EXACT


def _foreign_moved(shown: Standing, standing: Standing) -> bool:
    """Whether the number of others' prompts is worth an edit: further back only whether there are any."""
    exact = standing.ahead < _EXACT
    return shown.foreign != standing.foreign and (exact or not (shown.foreign and standing.foreign))


def _drifted(shown: float | None, ready_at: float | None) -> bool:
    if shown is None or ready_at is None:
        return shown is not ready_at
    left = max(0.0, ready_at - time.time())
    return abs(ready_at - shown) > max(_DRIFT_SECONDS, _DRIFT * left)
