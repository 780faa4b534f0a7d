"""The only writer of a job's message. It skips outdated progress and makes sure that the final state arrives."""

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Final

from bot.errors import LedgerAway, SpoolFailed
from bot.ledger import JobState, Standing
from bot.messages.delivery.delivery_attempts import LONGEST_LIMIT_SECONDS, Attempt, until_delivered
from bot.messages.delivery.edits import Address, edit, is_deleted, look, turn_to_edit
from bot.messages.delivery.fallbacks import find_moved, send_elsewhere
from bot.messages.rendering.job_rendering import ending_of, small_print
from bot.messages.rendering.rendered import Attachment, Rendered
from bot.messages.requests.channels import Channels, Turn
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.refusals import Cause, NotNow, TokenDead, Undeliverable

log = logging.getLogger(__name__)

PACE_SECONDS: Final = 1.2
"""Between two edits of one message. Discord allows about five edits in five seconds."""
_REFUSED_SECONDS: Final = 60.0
"""How long progress pauses after a refusal. Discord blocks bots that send too many refused requests."""

Hold = Callable[[], contextlib.AbstractAsyncContextManager[object]]
"""Locks the job while a request about it is being sent. Yields false if it is too late for the request."""


def _always() -> bool:
    return True


async def _no_check() -> None:
    pass


class JobMessage:
    """The message of one job. Hold `lock` during every request to Discord about this job, so that the request sent last
    is the one that stays visible, and `replying` as well during the first: no worker begins with the job before that.
    Between processes the job itself is locked: a waiting job by `hold`, a running one by its lease (`permitted`).

    `unread`: it is unknown what the message shows, since another process wrote it last and may have died right after.
    `read` then sets `ended` if it shows how the job ended, and `gone` if there is none, or another program's (`taken`).
    `in_place`: this message shows the end. `told`: the queue position that it shows or will, if updated from here.

    Once the interaction's token is invalid, each edit waits for its turn in the channel and is rendered only then.
    """

    def __init__(self, channels: Channels, job_id: str, address: Address, *, unread: bool = False) -> None:
        self.lock, self.replying = asyncio.Lock(), asyncio.Lock()
        self.forgotten = asyncio.Event()
        """Set once the job is over for this process and the ledger knows of it."""
        self.unread = unread
        self.ended: JobState | None = None
        self.gone = self.taken = self.in_place = False
        self.told: Standing | None = None
        self.channels = channels
        self._job_id = job_id
        self._address = address
        self.permitted: Callable[[], bool] = _always
        self._pending: tuple[Callable[[], Rendered], Hold] | None = None
        # Thousands of jobs may wait, so only a hash and the small print of each message are kept.
        self._shown_hash: int | None = None
        self._small_print = ""
        self._missing_files: tuple[Attachment, ...] | None = None
        """Files that should be shown but did not arrive: an edit without files would leave the older ones."""
        self._elsewhere: Cause | None = None
        """Why the end is sent another way. Set while it is not known whether that has arrived."""
        self._sender: asyncio.Task[None] | None = None
        self._edited_at, self._next_at, self._over = -math.inf, 0.0, False

    @property
    def message_id(self) -> int | None:
        """Its id, if known."""
        return self._address.message_id

    @property
    def user_id(self) -> int:
        """The owner of the job."""
        return self._address.user_id

    @property
    def ending(self) -> bool:
        """Whether its final state has been sent to Discord or is being sent."""
        return self._over

    def acknowledged(self, message_id: int | None, rendered: Rendered) -> None:
        """The reply shows `rendered` and has this id, if known."""
        self.found(message_id)
        self.unread = False
        self._remember(rendered)
        self._pause_after_edit()

    def _remember(self, rendered: Rendered) -> None:
        self._shown_hash, self._small_print = hash(rendered), small_print(rendered.content)

    def notes(self, text: str) -> bool:
        """Whether its small print contains this text, as far as known."""
        return text in self._small_print

    def found(self, message_id: int | None) -> None:
        """Record the reply's id, once known."""
        if self._address.message_id is None:
            self._address = replace(self._address, message_id=message_id)

    def show(self, render: Callable[[], Rendered], hold: Hold | None = None) -> None:
        """Show this soon, unless something newer replaces it first. Returns at once; failures are only logged. `render`
        is called when its turn has come.
        """
        if self._over:
            return
        self._pending = render, hold or self._permission
        self._sender = self._sender or asyncio.create_task(self._send_newest(), name=f"message of {self._job_id}")

    async def read(self) -> None:
        """Find out what the message shows, if unknown. It stays `unread` if Discord does not say."""
        if self.unread:
            async with self.lock:
                await self._read()

    async def _read(self) -> None:
        try:
            seen = await look(self.channels.client, self._address)
        except (Undeliverable, NotNow) as fault:
            log.info("job %s: could not read its message: %s", self._job_id, fault)
            return
        self.gone = seen is None
        if seen is not None and not self._address.owns(seen, self._job_id):
            self.give_up()
        elif seen is not None:
            self._address = replace(self._address, message_id=seen.message_id)
            self.ended = ending_of(seen.content)
            self.in_place, self.unread = self.ended is not None, False

    def give_up(self) -> None:
        """Another program that uses the same token has answered the interaction, so the job has no message."""
        self._address, self.taken, self.gone, self.unread = self._address.given_up(), True, True, False

    async def find_end(self) -> int | None:
        """Find a new message with the result, sent by a process that died right after. Sets `ended`; returns its id."""
        if self.ended is not None:
            return None
        seen = await find_moved(self.channels, self._address, self._job_id)
        if seen is not None:
            self._address = replace(self._address, message_id=seen.message_id, token="")
            self.ended = ending_of(seen.content)
        return None if seen is None else seen.message_id

    async def part(self, rendered: Rendered) -> None:
        """Show the last text before the token expires. Raises `TokenDead`, `Undeliverable` or `NotNow`."""
        await self.read()
        async with self.lock:
            if not self._over and self.ended is None:
                await edit(self.channels.client, self._address, rendered, None)
                self._remember(rendered)

    async def finish(self, rendered: Rendered, confirmed: Callable[[], Awaitable[None]] = _no_check) -> int | None:
        """Show the final state. Returns when the owner has it: None if this message or a direct message shows it, else
        the id of the new message in the channel. Raises `Undeliverable` if every way fails or the files are too
        large, or `SpoolFailed` if the files are gone.

        Each attempt first awaits `confirmed`, which makes sure that no other process has taken over the job.
        """
        self._over = True
        first = Attempt(rendered, asyncio.get_running_loop().time(), confirmed, self.channels.silent_seconds)
        return await until_delivered(self._job_id, self._end, first, lambda: not self._address.has_token)

    async def _end(self, attempt: Attempt) -> int | None:
        if self._elsewhere is not None:
            return await self._end_elsewhere(attempt, self._elsewhere)
        try:
            try:
                await self._edit_to_end(attempt)
            except TokenDead:
                self._address = self._address.without_token()
                await self._edit_to_end(attempt)
        except Undeliverable as fault:
            too_large = fault.cause is Cause.TOO_LARGE and attempt.rendered.files
            never_sent = fault.cause is Cause.NO_MESSAGE and self._address.message_id is None
            if too_large or never_sent:
                raise
            # A moderator may have deleted the message, so do not post it again. The owner still has `/history`.
            if fault.cause is Cause.NO_MESSAGE and await is_deleted(self.channels.client, self._address):
                raise
            log.info("job %s: cannot edit its message (%s), so its end is sent another way", self._job_id, fault)
            return await self._end_elsewhere(attempt, fault.cause)
        self.in_place = True
        return None

    async def _end_elsewhere(self, attempt: Attempt, cause: Cause) -> int | None:
        await attempt.confirmed()
        async with self.lock:
            again, self._elsewhere = self._elsewhere is not None, cause
            where = self.channels, self._address, self._job_id
            try:
                return await send_elsewhere(*where, attempt.rendered, cause, attempt.silent_seconds, again=again)
            except Undeliverable:
                self._elsewhere = None
                raise

    async def _edit_to_end(self, attempt: Attempt) -> None:
        rendered = attempt.rendered
        urgency = Urgency.FINISHED if ending_of(rendered.content) is JobState.DONE else Urgency.ENDED
        async with (
            turn_to_edit(self.channels, self._address, urgency, attempt.asked_at, rendered.files) as turn,
            self.channels.uploading(rendered.files),
            self.channels.endings,
        ):
            # As late as possible: another process may have taken over the job during the wait.
            await attempt.confirmed()
            async with self.lock:
                if self._sender is not None:  # it only waits for its turn or this lock: no request gets cut off
                    self._sender.cancel()
                await edit(self.channels.client, self._address, rendered, turn, attempt.silent_seconds)

    @contextlib.asynccontextmanager
    async def _permission(self) -> AsyncIterator[bool]:
        yield self.permitted()

    async def close(self) -> None:
        """Stop updating the message."""
        self._over = True
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    async def _send_newest(self) -> None:
        try:
            while self._pending is not None:
                await asyncio.sleep(self._next_at - asyncio.get_running_loop().time())
                await self._send()
        finally:
            self._sender = None

    async def _send(self) -> None:
        await self.read()
        if self._over or self.taken or self.ended is not None:
            self._pending = None
            return
        try:
            async with (
                turn_to_edit(self.channels, self._address, Urgency.NEWS, self._edited_at) as turn,
                self.channels.news,
                self.lock,
            ):
                if self.unread:
                    await self._read()
                await self._send_in(turn)
        except (NotNow, LedgerAway, SpoolFailed) as fault:
            log.info("job %s: could not show progress this time: %s", self._job_id, fault)
        except Undeliverable as fault:
            log.info("job %s: cannot show progress: %s", self._job_id, fault)
            self._missing_files = None
            if fault.cause is not Cause.TOO_LARGE:
                self._pause_for(_REFUSED_SECONDS)

    async def _send_in(self, turn: Turn | None) -> None:
        pending, self._pending = self._pending, None
        if self._over or self.ended is not None or pending is None or self._address.parting:
            return
        render, hold = pending
        rendered = render()
        if rendered.files is None and self._missing_files is not None:
            rendered = replace(rendered, files=self._missing_files)
        if hash(rendered) == self._shown_hash:
            return
        self._missing_files = rendered.files
        try:
            async with hold() as held:
                if not held:
                    return
                self._pause_after_edit()
                await edit(self.channels.client, self._address, rendered, turn)
        except TokenDead:
            self._address = self._address.without_token()
            self._keep_pending(*pending)
            self._pause_for(0.0)
        except NotNow as fault:
            if fault.limited is not None:
                self._keep_pending(*pending)
                self._pause_for(PACE_SECONDS if turn is not None else min(fault.limited, LONGEST_LIMIT_SECONDS))
            raise
        else:
            self._remember(rendered)
            self._missing_files = None

    def _keep_pending(self, render: Callable[[], Rendered], hold: Hold) -> None:
        """Keep an update that could not be sent, unless there is a newer one."""
        self._pending = self._pending or (render, hold)

    def _pause_after_edit(self) -> None:
        self._edited_at = asyncio.get_running_loop().time()
        self._pause_for(PACE_SECONDS)

    def _pause_for(self, seconds: float) -> None:
        self._next_at = asyncio.get_running_loop().time() + seconds
