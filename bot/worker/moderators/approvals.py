"""Shows held jobs to moderators, and shows their decisions wherever they were asked.

One process does it for all. It reads everything from the ledger, so restarts lose nothing and processes never disagree.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from bot.discord_limits import NONCE
from bot.ledger import PICTURE, PROMPT, Case, Job, JobState, Ledger, poll
from bot.messages import (
    Attachment,
    JobMessages,
    NotNow,
    Undeliverable,
    amend,
    decision_about,
    post_or_bare,
    render_approval,
    render_cancelled,
    shown_prompt,
)
from bot.pictures.containers import HEAD, container_of
from bot.translation import _, language_called, speaking
from bot.worker.moderators.channel import ModeratorsChannel
from bot.workflows import Library, Pack

log = logging.getLogger(__name__)

_AT_ONCE: Final = 20
_LOOK_SECONDS: Final = 10.0
"""The bell may miss changes."""
_PAUSE_SECONDS: Final = 0.25
"""Minimum pause between two looks, because the bell may ring without end."""
_REPLY_SECONDS: Final = 10.0
"""How long to wait for the job's reply, which the moderators' message links to."""
_FINISH_SECONDS: Final = 60.0
_LABEL: Final = 80
"""The most characters of an option's label."""


class Approvals:
    """`leads` says whether this process is the one that shows them."""

    def __init__(self, ledger: Ledger, messages: JobMessages, library: Library, leads: Callable[[], bool]) -> None:
        self._ledger = ledger
        # Between processes, locking a job's row decides who may edit its message; within one, the message's own lock.
        self._messages = JobMessages(messages.channels) if ledger.shared else messages
        self._library = library
        self._leads = leads
        self._channel = ModeratorsChannel(ledger)

    async def run(self) -> None:
        """Show held jobs and decisions until cancelled."""
        bell, trouble = self._ledger.signals.bell, "could not send approvals to the moderators"
        await poll(self._show, _LOOK_SECONDS, trouble, bell=bell, rest_seconds=_PAUSE_SECONDS)

    async def _show(self) -> None:
        if not self._leads():
            return
        # Decided cases first: they make room for others.
        for case, job in await self._ledger.cases.over(_AT_ONCE, await self._channel.resting()):
            if not self._channel.rests(case.guild_id):
                await self._show_decision(case, job)
        for job in await self._ledger.cases.unseen(_AT_ONCE, await self._channel.resting()):
            answered = job.message_id is not None or job.created_at < time.time() - _REPLY_SECONDS
            if answered and not self._channel.rests(job.guild_id):
                await self._post_case(job)

    async def _post_case(self, job: Job) -> None:
        """Show a held job to the moderators."""
        guild_id = job.guild_id or 0
        channel_id = await self._channel.of(guild_id)
        if channel_id is None:
            return
        last = job.awaits == PROMPT and await self._ledger.cases.is_last_shown(job)
        with speaking(language_called(await self._ledger.rules.language(guild_id))):
            title, files = self._library.title_of(job.workflow), await self._given(job)
            rendered = render_approval(job, job.awaits, title, files, last=last)
            bare = render_approval(job, job.awaits, title, last=last, attach=False)
        # The case is stored first, so that its decision is shown even after a crash at this point.
        await self._ledger.cases.open(job, job.awaits)
        try:
            nonce = approval_nonce(job, job.awaits)
            message_id, _attached = await post_or_bare(self._messages.channels, channel_id, rendered, bare, nonce)
        except (Undeliverable, NotNow) as fault:
            await self._channel.refused(guild_id, fault)
            return
        await self._ledger.cases.shown(job.id, job.awaits, channel_id, message_id)

    async def _show_decision(self, case: Case, job: Job) -> None:
        """Show the decision in the moderators' message, and show a rejection to the job's owner as well."""
        if job.state is JobState.CANCELLED and job.cancelled_by != job.user_id:
            await self._end(job)
        with speaking(language_called(await self._ledger.rules.language(case.guild_id))):
            decision = decision_about(job, case.kind)
            # The member has erased it: what was attached holds their words.
            files = None if job.erased_at is None else ()
            rendered = render_approval(job, case.kind, self._library.title_of(job.workflow), files, decision)
        try:
            if case.channel_id is not None and case.message_id is not None:
                await amend(self._messages.channels, case.channel_id, case.message_id, rendered)
        except NotNow as fault:
            await self._channel.refused(case.guild_id, fault)
            return
        except Undeliverable as fault:
            log.info("job %s: could not show the decision in the moderators' message: %s", job.id, fault)
        await self._ledger.cases.close(case)

    async def _end(self, job: Job) -> None:
        try:
            async with asyncio.timeout(_FINISH_SECONDS):
                await self._messages.of(job).finish(render_cancelled(job, self._library.title_of(job.workflow)))
        except (Undeliverable, TimeoutError) as fault:
            log.info("job %s: could not tell its owner that it was rejected: %s", job.id, fault)
        self._messages.forget(job.id)

    async def _given(self, job: Job) -> list[Attachment]:
        """The job's input images that fit the upload limit."""
        pack = self._library.packs.get(job.workflow)
        if pack is None or job.awaits == PICTURE:
            return []
        names = [name for name, parameter in pack.offered.items() if parameter.takes_file and name in job.values]
        found = [(name, await self._ledger.shelf.file(str(job.values[name]))) for name in names]
        return [
            Attachment(f"{name}{_suffix(content)}", content, description=_given_text(pack, name))
            for name, content in found
            if content is not None and len(content) <= job.upload_limit
        ]


def _given_text(pack: Pack, name: str) -> str:
    """The alternative text of a member's own file, which is not what a job made."""
    label = pack.offered[name].label or name
    return _("File that the member attached: {name}").format(name=shown_prompt(label, _LABEL))


def _suffix(content: bytes) -> str:
    container = container_of(content[:HEAD])
    return ".png" if container is None else container.suffix


def approval_nonce(job: Job, awaits: str) -> str:
    """Discord recognises a repeated message by this nonce."""
    return f"{awaits[:2]}{job.epoch}-{job.id.replace('-', '')}"[:NONCE]
